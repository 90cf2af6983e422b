import { describe, expect, test } from "vitest";
import { blocksOf, isLong, lineOf, piecesOf, shortened } from "$view/talk/blocks";
import { markedPieces } from "$view/panels/marked";

/** What is drawn of a text: `style:text`, links with where they lead. */
function drawn(text: string): readonly string[] {
  const spans = blocksOf(text).flatMap((block) => block.lines.flat());
  return spans.map((span) =>
    span.url === "" ? `${span.style}:${span.text}` : `link:${span.text}>${span.url}`,
  );
}

test("a quote is one line of what is drawn, filtered, and no longer than asked", () => {
  expect(lineOf("**soup** and\n- _noodles_\n```\nx = 1\n```", 100)).toBe("soup and noodles x = 1");
  expect(lineOf("a\u202eb", 100)).toBe("ab");
  expect(lineOf("x".repeat(500), 20).length).toBe(20);
});

describe("texts as blocks", () => {
  test("code, quotes and lists are blocks of their own", () => {
    const types = blocksOf("look:\n```\na = 1\nb = 2\n```\n> said\n- one\n- two").map((block) => block.type);
    expect(types).toEqual(["text", "code", "quote", "list"]);
  });

  test("what is copied from code is the code", () => {
    expect(blocksOf("```py\na = 1\n\nb = 2\n```")[0]?.text).toBe("a = 1\n\nb = 2");
  });

  test.each([
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "[here](javascript:alert(1))",
    "[here](data:text/html,<script>alert(1)</script>)",
    "![x](https://10.0.0.9/pixel.png)",
    "</p><svg/onload=alert(1)>",
  ])("hostile text stays text: %s", (text) => {
    for (const part of drawn(text)) if (part.startsWith("link:")) expect(part).toMatch(/>https?:\/\//);
    expect(drawn(text).join("")).toContain(text.includes("alert") ? "alert" : "pixel");
  });

  test("a link whose text is another shows where it leads", () => {
    expect(drawn("[my bank](https://10.0.0.9/)").join("")).toContain("(https://10.0.0.9/)");
  });

  test("controls of terminals and of direction never reach the screen", () => {
    const shown = drawn("a\u001b]52;c;x\u0007\u202eb").join("");
    for (const control of ["\u001b", "\u0007", "\u202e"]) expect(shown).not.toContain(control);
  });

  test("mentions are marked only if they name somebody", () => {
    const pieces = piecesOf("hi @ben and @nobody", ["ben"]);
    expect(pieces.filter((piece) => piece.isMention).map((piece) => piece.text)).toEqual(["@ben"]);
    expect(pieces.map((piece) => piece.text).join("")).toBe("hi @ben and @nobody");
  });

  test("a long text is shortened and a short one not", () => {
    const long = "line\n".repeat(500);
    expect(isLong(long)).toBe(true);
    expect(isLong("short")).toBe(false);
    expect(shortened(long).split("\n").length).toBeLessThan(30);
  });
});

describe("what a search has found", () => {
  test("marks count code points, not halves of emoji", () => {
    const pieces = markedPieces("🙂🙂 cake 🙂", [{ start: 3, end: 7 }]);
    expect(pieces.filter((piece) => piece.isMarked).map((piece) => piece.text)).toEqual(["cake"]);
  });

  test("of a long text the part around the first mark is shown", () => {
    const text = `${"a ".repeat(500)}cake`;
    const pieces = markedPieces(text, [{ start: 1000, end: 1004 }]);
    expect(pieces.at(0)?.text).toBe("…");
    expect(pieces.some((piece) => piece.isMarked && piece.text === "cake")).toBe(true);
  });

  test("marks beyond the end mark nothing", () => {
    expect(markedPieces("abc", [{ start: 9, end: 12 }])).toEqual([{ text: "abc", isMarked: false }]);
  });
});
