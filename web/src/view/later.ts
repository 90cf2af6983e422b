/** What is not seen at first: loaded once the rest of the page is at work, as one file. */

export { default as Dialogs } from "$view/dialogs/Dialogs.svelte";
export { default as Panels } from "$view/panels/Panels.svelte";
