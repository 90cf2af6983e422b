/** Putting a text on the clipboard, also where the page is no secure context. */

/** Return whether it is there. Call it from a click or a key. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Pages behind a certificate that the browser does not trust have no navigator.clipboard in some browsers.
function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  const host = document.querySelector("dialog[open]") ?? document.body;
  host.append(area);
  const focused = document.activeElement;
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way without a secure context
  const isCopied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
