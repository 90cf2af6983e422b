/**
 * The texts of the screen in the language of the person. Every text a component shows comes from `t`.
 *
 * What is put into a text is somebody's: it is filtered, and isolated, so that right-to-left names can't
 * reorder the sentence around them.
 */

import { en } from "$view/i18n/en";
import { formatter } from "$view/i18n/formatters";
import { isolated } from "$view/i18n/isolated";

/** The forms of a text that counts something, by the plural rules of the language. */
export type PluralText = { readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;
/** A key of a text. */
export type TextKey = keyof typeof en;
/** All texts of a language: a missing one is a type error. */
export type Texts = Readonly<Record<TextKey, string | PluralText>>;
/** What is put into the `{places}` of a text: words, numbers, lists of names; `count` chooses the plural. */
export type TextValues = Readonly<Record<string, string | number | readonly string[]>>;

/** The languages there are, by their own names. */
export const LANGUAGES = { en: "English", ar: "العربية", zh: "中文" } as const;
export type LanguageCode = keyof typeof LANGUAGES;

const LOADERS: Readonly<Record<LanguageCode, () => Promise<Texts>>> = {
  en: () => Promise.resolve(en),
  ar: async () => (await import("$view/i18n/ar")).ar,
  zh: async () => (await import("$view/i18n/zh")).zh,
};

class Language {
  code = $state.raw<LanguageCode>("en");
  texts = $state.raw<Texts>(en);
  /** The language as this person writes it: of the browser's languages the first that is a kind of ours. */
  readonly locale: string = $derived(localeOf(this.code, browserLanguages()));
  readonly direction: "ltr" | "rtl" = $derived(this.code === "ar" ? "rtl" : "ltr");
}

/** Return the first of the wanted languages that is a kind of `code`, as en-GB is of en; else `code`. */
export function localeOf(code: LanguageCode, wanted: readonly string[]): string {
  return wanted.find((tag) => tag.toLowerCase().split("-")[0] === code) ?? code;
}

function browserLanguages(): readonly string[] {
  return typeof navigator === "undefined" ? [] : navigator.languages;
}

/** The language in use. Only `useLanguage` changes it. */
export const language = new Language();

/** Load a language and show everything in it. */
export async function useLanguage(code: LanguageCode): Promise<void> {
  const texts = await LOADERS[code]();
  language.code = code;
  language.texts = texts;
}

/** Return the language of ours that a browser's list of languages asks for first, else English. */
export function languageFor(wanted: readonly string[]): LanguageCode {
  const bases = wanted.map((tag) => tag.toLowerCase().split("-")[0] ?? "");
  const found = bases.find((base) => base in LANGUAGES);
  return (found as LanguageCode | undefined) ?? "en";
}

/** Return the text with this key, its places filled. */
export function t(key: TextKey, values: TextValues = {}): string {
  return filled(language.texts[key], values, language.locale);
}

/** Return a text with its places filled; `count` chooses among plurals. A place without a value stays. */
export function filled(text: string | PluralText, values: TextValues, code: string): string {
  const form = typeof text === "string" ? text : pluralForm(text, Number(values["count"] ?? 0), code);
  return form.replaceAll(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    return value === undefined ? place : shown(value, code);
  });
}

function shown(value: string | number | readonly string[], code: string): string {
  if (typeof value === "number") return formatNumber(value, code);
  return typeof value === "string" ? isolated(value) : formatList(value, code);
}

function pluralForm(text: PluralText, count: number, code: string): string {
  return text[formatter(Intl.PluralRules, code, {}).select(count)] ?? text.other;
}

function formatNumber(value: number, code: string): string {
  return formatter(Intl.NumberFormat, code, {}).format(value);
}

/** Return a number in the digits of the language. */
export function number(value: number): string {
  return formatNumber(value, language.locale);
}

/** Return names as a list: `ann, bob and carl`. */
export function listOf(names: readonly string[]): string {
  return formatList(names, language.locale);
}

function formatList(names: readonly string[], code: string): string {
  return formatter(Intl.ListFormat, code, { type: "conjunction" } as const).format(names.map(isolated));
}
