import { describe, expect, test } from "vitest";
import { ar } from "$view/i18n/ar";
import { en } from "$view/i18n/en";
import { filled, languageFor, localeOf, type PluralText, type Texts } from "$view/i18n/texts.svelte";
import { size } from "$view/i18n/sizes";
import { clockTime, lasting, timeOfDay } from "$view/i18n/times";
import { zh } from "$view/i18n/zh";

const CATALOGUES: readonly (readonly [string, Texts])[] = [
  ["en", en],
  ["ar", ar],
  ["zh", zh],
];

function forms(text: string | PluralText): readonly string[] {
  return typeof text === "string" ? [text] : Object.values(text);
}

function places(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), (found) => found[1] as string))].sort();
}

describe("catalogues of texts", () => {
  test.each(CATALOGUES)("%s has no place that English does not fill", (_, texts) => {
    for (const [key, text] of Object.entries(texts)) {
      const known = places(forms(en[key as keyof typeof en]).join(" "));
      for (const form of forms(text)) expect(known, key).toEqual(expect.arrayContaining([...places(form)]));
    }
  });

  test.each(CATALOGUES)("every text of %s names in its other form all that English names", (_, texts) => {
    for (const [key, text] of Object.entries(texts)) {
      const last = typeof text === "string" ? text : text.other;
      const wanted = places(forms(en[key as keyof typeof en]).at(-1) as string);
      expect(places(last), key).toEqual(wanted);
    }
  });

  test.each(CATALOGUES)(
    "%s has no text that is not in the catalogue of English, and none is empty",
    (_, texts) => {
      expect(Object.keys(texts).sort()).toEqual(Object.keys(en).sort());
      for (const [key, text] of Object.entries(texts)) expect(forms(text).join(""), key).not.toBe("");
    },
  );

  test("the plural rules of the language choose the form", () => {
    expect(filled(ar["offline.waiting"], { count: 2 }, "ar")).toContain("رسالتان");
    expect(filled(en["offline.waiting"], { count: 1 }, "en")).toContain("1 message waits");
  });

  test("a name can't reorder the sentence, nor bring controls into it", () => {
    const text = filled("{name} is here", { name: "a\u202eb\u0007" }, "en");
    expect(text).toMatch(/^\u2068a.*\u2069 is here$/);
    for (const control of ["\u202e", "\u0007"]) expect(text).not.toContain(control);
  });

  test("names of a list are isolated each", () => {
    expect(filled("{names}", { names: ["ann", "سارة"] }, "en")).toBe("\u2068ann\u2069 and \u2068سارة\u2069");
  });

  test("what a name contains is never a place", () => {
    expect(filled("{by}: {name}", { by: "{name}", name: "x" }, "en")).toBe(
      "\u2068{name}\u2069: \u2068x\u2069",
    );
  });

  test("the first language of the browser that we have is used", () => {
    expect(languageFor(["fr-FR", "zh-CN", "en"])).toBe("zh");
    expect(languageFor(["fr"])).toBe("en");
  });

  test("times and numbers are written as the person's own kind of the language writes them", () => {
    expect(localeOf("en", ["de-DE", "en-GB", "en-US"])).toBe("en-GB");
    expect(localeOf("zh", ["en-GB"])).toBe("zh");
  });

  test("each minute has its own time of day", () => {
    const noonMs = new Date(2026, 10, 23, 12, 0).getTime();
    const times = [0, 59_999, 60_000, 0].map((ms) => `${timeOfDay(noonMs + ms)} ${clockTime(noonMs + ms)}`);
    expect(times[1]).toBe(times[0]);
    expect(times[3]).toBe(times[0]);
    expect(times[2]).toContain("12:01");
    expect(timeOfDay(noonMs)).toContain("12:00");
    expect(clockTime(noonMs)).toBe("12:00");
  });

  test("sizes and times are shown in their largest unit", () => {
    expect([size(0), size(999), size(84_000_000), size(1_500_000_000)]).toEqual([
      "0 byte",
      "999 byte",
      "84 MB",
      "1.5 GB",
    ]);
    expect([lasting(45), lasting(5400), lasting(90_000), lasting(200_000)]).toEqual([
      "45 seconds",
      "90 minutes",
      "25 hours",
      "2 days",
    ]);
  });
});
