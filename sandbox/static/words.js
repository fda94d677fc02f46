// Saying things in the language of the page.

import { PHRASES } from "./phrases.js";

export const LANGUAGES = Object.keys(PHRASES);

let current = "en";

/** The language of the page: "en" or "ru". */
export function language() {
  return current;
}

/** Switch the page's words; those in the document change at once. */
export function speak(code) {
  current = LANGUAGES.includes(code) ? code : "en";
  document.documentElement.lang = current;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = word(node.dataset.text);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = word(node.dataset.placeholder);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", word(node.dataset.label));
    if (node.matches("button, a")) node.title = word(node.dataset.label);
  }
}

/** The word for `key`, with {placeholders} filled; `{n: 1}` chooses the singular where there is one. */
export function word(key, values = {}) {
  let text = PHRASES[current][key];
  if (typeof text === "object" && !Array.isArray(text)) text = values.n === 1 ? text.one : text.many;
  if (typeof text !== "string") return text;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Hours and minutes of a Unix time. */
export function clock(date) {
  return new Intl.DateTimeFormat(current, { hour: "numeric", minute: "2-digit" }).format(date * 1000);
}

/** The day of a Unix time, as a heading between messages. */
export function day(date) {
  const moment = new Date(date * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(moment).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return word("today");
  if (days === 1) return word("yesterday");
  return new Intl.DateTimeFormat(current, { day: "numeric", month: "long" }).format(moment);
}

/** A file's size for people. */
export function size(bytes) {
  const units = word("bytes");
  const step = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2;
  const value = bytes / 1024 ** step;
  const digits = step === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(current, { maximumFractionDigits: digits }).format(value)} ${units[step]}`;
}
