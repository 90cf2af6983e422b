/**
 * What is chosen for this browser alone: language, theme, notifications. Preferences that hold on all devices
 * are the client's.
 */

import { languageFor, LANGUAGES, useLanguage, type LanguageCode } from "$view/i18n/texts.svelte";

export type Theme = "system" | "light" | "dark";

/** Where choices are kept: `localStorage` is one. */
export interface ChoiceStore {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

const NAMES = { theme: "lanmsg.theme", language: "lanmsg.language", notifies: "lanmsg.notifies" } as const;
const THEMES: readonly string[] = ["system", "light", "dark"];

export class Choices {
  theme = $state<Theme>("system");
  language = $state<LanguageCode>("en");
  /** Whether the browser shows notices outside its window, where it allows them. */
  notifies = $state(false);
  readonly #store: () => ChoiceStore;

  /** `store` may throw: some browsers do so at the mere look at `localStorage`. */
  constructor(store: () => ChoiceStore, browserLanguages: readonly string[]) {
    this.#store = store;
    const theme = this.#get("theme");
    if (THEMES.includes(theme)) this.theme = theme as Theme;
    const language = this.#get("language");
    this.language = language in LANGUAGES ? (language as LanguageCode) : languageFor(browserLanguages);
    this.notifies = this.#get("notifies") === "yes";
  }

  chooseTheme(theme: Theme): void {
    this.theme = theme;
    this.#set("theme", theme);
  }

  async chooseLanguage(language: LanguageCode): Promise<void> {
    await useLanguage(language);
    this.language = language;
    this.#set("language", language);
  }

  chooseNotifies(notifies: boolean): void {
    this.notifies = notifies;
    this.#set("notifies", notifies ? "yes" : "no");
  }

  // A browser may forbid storage (private windows of some): then a choice holds until the page is closed.
  #get(name: keyof typeof NAMES): string {
    try {
      return this.#store().getItem(NAMES[name]) ?? "";
    } catch {
      return "";
    }
  }

  #set(name: keyof typeof NAMES, value: string): void {
    try {
      this.#store().setItem(NAMES[name], value);
    } catch {
      // As above.
    }
  }
}
