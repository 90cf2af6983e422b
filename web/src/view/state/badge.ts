/** The mark at the icon of the page while something calls: another icon file, for it is drawn by the browser. */

import calling from "$view/icons/calling.svg?url";

/** What index.html names. */
const CALM = "/favicon.svg";

/** Show the icon with or without the mark. */
export function showBadge(isCalling: boolean): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]') ?? addedIcon();
  const wanted = isCalling ? calling : CALM;
  if (icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
}

function addedIcon(): HTMLLinkElement {
  const icon = document.createElement("link");
  icon.rel = "icon";
  icon.type = "image/svg+xml";
  document.head.append(icon);
  return icon;
}
