// Runs in a page before anything else of it, and writes down in `guard` what no text of others may bring about:
// elements and attributes that no component draws, addresses that lead or load elsewhere, characters that steer
// what stands around them, and scripts that ran. What is drawn for a moment only is seen too.

const SVG = ["svg", "path", "circle", "rect"];
const ELEMENTS = new Set([
  ..."html head meta link title script body noscript div main header footer nav section aside article form".split(
    " ",
  ),
  ..."h1 h2 h3 h4 p span strong em code pre blockquote ul ol li dl dt dd bdi time mark kbd a button label".split(
    " ",
  ),
  ..."input textarea select option fieldset legend dialog details summary table tbody tr th td output hr br figure".split(
    " ",
  ),
  ...SVG,
]);
const ATTRIBUTES = new Set([
  ..."id class lang dir charset as name content rel type href src crossorigin media style title role tabindex".split(
    " ",
  ),
  ..."value placeholder maxlength rows for disabled open selected checked autocomplete autocapitalize".split(
    " ",
  ),
  ..."spellcheck enterkeyhint inputmode target download datetime novalidate hidden pattern min max step colspan".split(
    " ",
  ),
  ..."width height viewBox d fill stroke stroke-width stroke-linecap stroke-linejoin cx cy r x y rx".split(
    " ",
  ),
  ..."shape-rendering focusable virtualizer closedby multiple required readonly autofocus inert translate scope".split(
    " ",
  ),
]);
const ALLOWED_ADDRESS =
  /^(https?:\/\/|\/join$|\/trust$|\/assets\/[\w.-]+$|\/favicon\.svg$|\/manifest\.webmanifest$|#|blob:)/;
const SCRIPT = /^\/assets\/[\w.-]+\.js$/;
// Line breaks, tabs and the isolates that the page itself sets stay; nothing else that is not seen but steers.
const STEERING =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066\u2067\u2028\u2029]/;

const found = new Set();
globalThis.guard = { found, nodes: 0, notices: [] };
Object.defineProperty(globalThis, "ran", {
  get: () => undefined,
  set: () => found.add("a script ran"),
});

function checkElement(element) {
  guard.nodes += 1;
  const name = element.localName;
  if (!ELEMENTS.has(name)) found.add(`element ${name}`);
  if (name === "script" && !SCRIPT.test(element.getAttribute("src") ?? ""))
    found.add("a script of nobody");
  for (const attribute of element.attributes)
    checkAttribute(element, attribute.name);
}

function checkAttribute(element, name) {
  const value = element.getAttribute(name);
  if (value === null) return;
  const isKnown =
    ATTRIBUTES.has(name) || /^(aria-[a-z]+|data-[a-z-]+)$/.test(name);
  if (!isKnown) found.add(`attribute ${element.localName}[${name}]`);
  if (["href", "src"].includes(name) && !ALLOWED_ADDRESS.test(value))
    found.add(`address ${value}`);
  if (name === "style" && /url\(|expression|@import/i.test(value))
    found.add(`style ${value}`);
  if (STEERING.test(value))
    found.add(
      `attribute ${element.localName}[${name}] steers: ${JSON.stringify(value)}`,
    );
}

function checkTree(node) {
  if (node.nodeType === Node.TEXT_NODE) checkText(node);
  if (node.nodeType === Node.ELEMENT_NODE) {
    checkElement(node);
    node.childNodes.forEach(checkTree);
  }
}

function checkText(node) {
  if (STEERING.test(node.data))
    found.add(`text steers: ${JSON.stringify(node.data.slice(0, 80))}`);
}

new MutationObserver((records) => {
  for (const { type, target, attributeName, addedNodes } of records) {
    if (type === "attributes") checkAttribute(target, attributeName);
    else if (type === "characterData") checkText(target);
    else addedNodes.forEach(checkTree);
  }
}).observe(document, {
  subtree: true,
  childList: true,
  attributes: true,
  characterData: true,
});

// What is drawn outside of the page: recorded, and drawn all the same.
if (typeof Notification !== "undefined") {
  const Drawn = Notification;
  globalThis.Notification = class extends Drawn {
    constructor(title, options) {
      super(title, options);
      guard.notices.push(`${title}: ${options?.body ?? ""}`);
      if (STEERING.test(title + (options?.body ?? "")))
        found.add(`notice steers: ${JSON.stringify(title)}`);
    }
  };
}
