import { mount } from "svelte";
import { forgetKnownHub, hurryIfKnown, openDoor } from "$client/browser";
import "$view/theme.css";
import App from "$view/App.svelte";
import { useLanguage } from "$view/i18n/texts.svelte";
import { Choices } from "$view/state/choices.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");
const isKnown = hurryIfKnown();
const choices = new Choices(() => localStorage, navigator.languages);
void useLanguage(choices.language).then(() =>
  mount(App, { target, props: { openDoor, forgetHub: forgetKnownHub, choices, isKnown } }),
);
