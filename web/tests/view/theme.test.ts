import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const CSS = readFileSync(new URL("../../src/view/theme.css", import.meta.url), "utf8");

/** The colours of a theme: those of light, and what dark changes. */
function colours(theme: "light" | "dark"): Readonly<Record<string, string>> {
  const light = CSS.slice(CSS.indexOf(":root {"), CSS.indexOf(':root[data-theme="dark"]'));
  const dark = CSS.slice(CSS.indexOf(':root[data-theme="dark"]'), CSS.indexOf("@media"));
  const found = Array.from(
    (theme === "light" ? light : light + dark).matchAll(/--([\w-]+): (#[0-9a-f]{6});/g),
  );
  return Object.fromEntries(found.map((one) => [one[1] as string, one[2] as string]));
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = parts.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * (red as number) + 0.7152 * (green as number) + 0.0722 * (blue as number);
}

function contrast(one: string, other: string): number {
  const [bright, dim] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((bright as number) + 0.05) / ((dim as number) + 0.05);
}

const GROUNDS = ["paper", "paper-side", "paper-raised", "box"];
const PAIRS: readonly (readonly [string, string])[] = [
  ...GROUNDS.flatMap((ground): (readonly [string, string])[] => [
    ["ink", ground],
    ["ink-quiet", ground],
    ["accent", ground],
    ["danger", ground],
  ]),
  ["accent-ink", "accent"],
  ["ink", "accent-soft"],
  ["accent", "accent-soft"],
  ["mention-ink", "mention"],
  ["ink", "mention"],
  ["ink", "danger-soft"],
  ["danger", "danger-soft"],
];

describe.each(["light", "dark"] as const)("the %s theme", (theme) => {
  test.each(PAIRS)("%s on %s can be read (WCAG AA)", (text, ground) => {
    const of = colours(theme);
    expect(contrast(of[text] ?? "", of[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });

  test("the ring of the focus is seen on every ground", () => {
    const of = colours(theme);
    for (const ground of GROUNDS)
      expect(contrast(of["focus"] as string, of[ground] as string)).toBeGreaterThanOrEqual(3);
  });
});
