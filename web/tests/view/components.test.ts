import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "svelte/compiler";
import { describe, expect, test } from "vitest";

const VIEW = fileURLToPath(new URL("../../src/view", import.meta.url));
const FILES = readdirSync(VIEW, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".svelte"),
);
/** Words that are the same in all languages. */
const ALLOWED = /^[\s·–…*→()+@:,]*$/;
/** Attributes whose text a person reads. */
const READ = new Set(["title", "aria-label", "placeholder", "alt"]);

interface Node {
  readonly type: string;
  readonly name?: string;
  readonly data?: string;
  readonly value?: unknown;
}

/** Every node of the markup of a component. */
function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const one of value) yield* nodesOf(one);
  else if (typeof value === "object" && value !== null) {
    if ("type" in value && typeof value.type === "string") yield value as Node;
    for (const [key, child] of Object.entries(value)) if (key !== "parent") yield* nodesOf(child);
  }
}

function markup(file: string): Node[] {
  const parsed = parse(readFileSync(join(VIEW, file), "utf8"), { modern: true });
  return [...nodesOf(parsed.fragment)];
}

describe.each(FILES)("%s", (file) => {
  test("has no text of its own: all come from the catalogues", () => {
    const texts = markup(file).filter((node) => node.type === "Text" && !ALLOWED.test(node.data ?? ""));
    const inAttributes = new Set(
      markup(file)
        .filter((node) => node.type === "Attribute" && !READ.has(node.name ?? ""))
        .flatMap((node) => [...nodesOf(node.value)])
        .map((node) => node.data),
    );
    expect(texts.filter((node) => !inAttributes.has(node.data)).map((node) => node.data)).toEqual([]);
  });

  test("has no style attribute and no HTML from text: the policy of the page forbids both", () => {
    const nodes = markup(file);
    expect(nodes.filter((node) => node.type === "Attribute" && node.name === "style")).toEqual([]);
    expect(nodes.filter((node) => node.type === "HtmlTag")).toEqual([]);
  });
});
