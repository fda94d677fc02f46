// The conversation on the page: blocks in order, kept as they are where nothing changed, and the scrolling.

import { bubble, isOwn, sender, serviceText, summary } from "./bubble.js";
import { byId, make } from "./dom.js";
import { store } from "./store.js";
import { day, language, word } from "./words.js";

const TOGETHER_SECONDS = 300;
const NEAR = 90;

const list = byId("messages");
const scroll = byId("scroll");
const shown = new Map();
let first = true;
let unread = 0;
// Whether the person reads at the end, so that the page moves along with what is new.
let following = true;

/** Bring the page in line with the store. */
export function render(does) {
  const blocks = divide([...store.messages.values(), ...store.pending]);
  const wanted = new Set(blocks.map((block) => block.key));
  // What was being sent gives way to what it became, as if it were the same.
  let arrivedThere = false;
  for (const [key, entry] of shown) {
    if (wanted.has(key)) continue;
    shown.delete(key);
    if (entry.pending) entry.node.remove();
    else vanish(entry.node);
    arrivedThere ||= entry.pending;
  }
  let place = list.firstElementChild;
  const next = (node) => {
    let after = node?.nextElementSibling ?? null;
    while (after?.classList.contains("gone")) after = after.nextElementSibling;
    return after;
  };
  if (place?.classList.contains("gone")) place = next(place);
  for (const block of blocks) {
    const sign = signature(block);
    const entry = shown.get(block.key);
    let node = entry?.node;
    if (entry?.sign !== sign) {
      node = block.heading ? heading(block) : block.service ? service(block) : bubble(block, does);
      const known = arrivedThere && block.own;
      if (!entry && !first && !known && !block.heading) node.classList.add("new");
      if (entry) {
        if (place === entry.node) place = next(place);
        entry.node.replaceWith(node);
      }
      shown.set(block.key, { node, sign, pending: Boolean(block.messages[0]?.pending) });
    }
    if (node === place) place = next(place);
    else if (node.nextElementSibling !== place || node.parentNode !== list) list.insertBefore(node, place);
  }
  typing();
  if (following) toBottom(first);
  showUnread();
  if (store.loaded) first = false;
}

/** Count a message of the bot that came while the person was reading further up, and say it to screen readers. */
export function arrived(message) {
  say(message);
  if (!following) {
    unread += 1;
    showUnread();
  }
}

/** Say a message to screen readers. */
export function say(message) {
  byId("announce").textContent = `${sender(message)}: ${summary(message)}`;
}

/** Scroll to a message and point it out. */
export function jump(id) {
  const node = [...shown.values()].find((entry) => entry.node.dataset.id === String(id))?.node;
  if (!node) return;
  node.scrollIntoView({ block: "center", behavior: "smooth" });
  node.classList.remove("pointed");
  requestAnimationFrame(() => node.classList.add("pointed"));
}

/** Scroll to the end. */
export function toBottom(now = false) {
  following = true;
  scroll.scrollTo({ top: scroll.scrollHeight, behavior: now ? "instant" : "smooth" });
  unread = 0;
  showUnread();
}

/** Take note of scrolling, and keep to the end when pictures or the window change the height. */
export function watchScrolling() {
  let before = 0;
  scroll.addEventListener("scroll", () => {
    // Only going up leaves the end: going down, and the page's own scrolling, does not.
    if (isNear()) following = true;
    else if (scroll.scrollTop < before - 1) following = false;
    before = scroll.scrollTop;
    if (following) unread = 0;
    showUnread();
  });
  new ResizeObserver(() => following && toBottom(true)).observe(scroll);
  byId("to-bottom").addEventListener("click", () => toBottom());
}

function isNear() {
  return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
}

function showUnread() {
  byId("to-bottom").hidden = following;
  byId("unread").textContent = unread || "";
}

function vanish(node) {
  node.classList.add("gone");
  node.addEventListener("animationend", () => node.remove());
  setTimeout(() => node.remove(), 400);
}

function typing() {
  const old = list.querySelector(".typing");
  if (!store.action) old?.remove();
  else if (!old || old !== list.lastElementChild) {
    list.append(old ?? make("div", { class: "typing", "aria-hidden": "true" }, make("i"), make("i"), make("i")));
  }
}

function service(block) {
  return make("p", { class: "day event", text: block.service });
}

function heading(block) {
  return make("h2", { class: "day" }, make("span", { text: day(block.heading) }));
}

/** Divide messages into days, albums and runs of one sender. */
function divide(messages) {
  const blocks = [];
  let latestDay = "";
  for (const message of messages) {
    const own = isOwn(message);
    const date = new Date(message.date * 1000).toDateString();
    if (date !== latestDay) blocks.push({ key: `day ${date}`, heading: message.date, messages: [] });
    latestDay = date;
    const before = blocks.at(-1);
    const group = message.media_group_id;
    if (group && before.messages[0]?.media_group_id === group && before.messages[0].pending === message.pending) {
      before.messages.push(message);
      continue;
    }
    const event = serviceText(message);
    if (event) {
      blocks.push({ key: `message ${message.message_id}`, service: event, messages: [message] });
      continue;
    }
    const soon = before.own !== undefined && message.date - before.messages.at(-1).date < TOGETHER_SECONDS;
    const joined = soon && before.messages[0].from.id === message.from.id;
    if (joined) before.closes = false;
    blocks.push({ key: `message ${message.message_id}`, messages: [message], own, opens: !joined, closes: true });
  }
  return blocks;
}

function signature(block) {
  if (block.heading) return `${block.key} ${day(block.heading)}`;
  if (block.service) return block.service;
  const { messages } = block;
  const reactions = messages.map((message) => store.reactions.get(message.message_id));
  const read = block.own && store.readUpTo >= messages.at(-1).message_id;
  const pressed = [...store.pressed].filter((key) => key.startsWith(`${messages[0].message_id}:`));
  const reply = messages[0].reply_to_message;
  const known = reply && store.messages.has(reply.message_id);
  const shape = [block.opens, block.closes, language(), store.bot.name];
  return JSON.stringify([messages, reactions, read, pressed, known, ...shape]);
}

/** What the bot is doing, in words. */
export function doing() {
  if (!store.action) return "";
  return word(store.action) ?? word("working");
}
