// Small helpers around the document. Text always goes in as text, never as markup.

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Make an element. Properties: `class`, `text`, `click` (a listener); others are attributes. */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "click") node.addEventListener("click", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Make a button that does `click`; `properties` as for `make`. */
export function button(properties, click, ...children) {
  return make("button", { type: "button", click, ...properties }, ...children);
}

const SVG = "http://www.w3.org/2000/svg";

/** Make the icon with this name from the sprite in the page. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

/** Let a text area grow with its text, up to the height its style allows. */
export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

let toastTimer = 0;

/** Show a short notice for a few seconds. */
export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  if (!node.matches(":popover-open")) node.showPopover();
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => node.hidePopover(), Math.min(8000, 2500 + text.length * 40));
}

/** Show a text that must be dismissed. */
export function alertBox(text) {
  byId("alert-text").textContent = text;
  byId("alert").showModal();
}
