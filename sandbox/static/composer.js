// Writing: the text field, the menu of commands, and what is being replied to or edited.

import { api } from "./api.js";
import { sender, summary } from "./bubble.js";
import { button, byId, grow, icon, make, toast } from "./dom.js";
import { sendText } from "./outbox.js";
import { inGroup } from "./place.js";
import { store } from "./store.js";
import { word } from "./words.js";

const area = byId("text");
const menu = byId("commands");
let context = null;
let chosen = 0;

/** The message that the next one replies to; it is taken. */
export function takeReply() {
  const reply = context?.kind === "reply" ? context.message : undefined;
  if (reply) setContext(null);
  return reply;
}

/** Begin to answer a message. */
export function reply(message) {
  setContext({ kind: "reply", message });
}

/** Begin to change a message of the person's own. */
export function edit(message) {
  setContext({ kind: "edit", message });
  area.value = message.text ?? message.caption ?? "";
  typed();
}

/** Send a command as if it had been written; in a group it names the bot that is meant. */
export function command(text) {
  hideMenu();
  const addressed = inGroup() && !text.includes("@") ? `${text}@${store.bot.username}` : text;
  sendText(addressed, takeReply());
}

/** Wire the composer. */
export function startComposer() {
  area.addEventListener("input", typed);
  area.addEventListener("keydown", key);
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  byId("context-close").addEventListener("click", () => setContext(null));
  byId("slash").addEventListener("click", () => {
    if (menu.hidden) showMenu("");
    else hideMenu();
    area.focus();
  });
  addEventListener("click", (event) => {
    if (!event.target.closest("#commands, #slash, #text")) hideMenu();
  });
}

/** Show what depends on the chat: the menu button, the bot's keyboard, the block. With `closed` nothing is written. */
export function renderComposer(closed) {
  const blocked = store.blocked && !inGroup();
  byId("slash").hidden = store.bot.commands.length === 0 || store.blocked;
  byId("composer").hidden = blocked || closed;
  byId("unblock").hidden = !blocked;
  if (context && !store.messages.has(context.message.message_id)) setContext(null);
  const keyboard = byId("keyboard");
  const rows = store.keyboard?.keyboard ?? [];
  keyboard.hidden = rows.length === 0 || store.blocked || closed;
  if (keyboard.dataset.rows === JSON.stringify(rows)) return;
  keyboard.dataset.rows = JSON.stringify(rows);
  keyboard.replaceChildren(
    ...rows.map((row) =>
      make("div", {}, ...row.map(({ text }) => button({ class: "key", text }, () => sendText(text)))),
    ),
  );
}

async function submit() {
  const text = area.value.trim();
  if (!text) return;
  if (context?.kind === "edit") {
    const { message } = context;
    setContext(null);
    if (text === (message.text ?? message.caption)) return;
    try {
      await api.edit(message, text);
    } catch (error) {
      toast(error.message);
    }
    return;
  }
  sendText(text, takeReply());
  area.value = "";
  typed();
}

function typed() {
  grow(area);
  byId("send").classList.toggle("ready", area.value.trim() !== "");
  const typing = /^\/(\w*)$/.exec(area.value);
  const naming = inGroup() && /(?:^|\s)(@\w*)$/.exec(area.value);
  if (typing) showMenu(typing[1]);
  else if (naming) offerName(naming[1]);
  else hideMenu();
}

function key(event) {
  if (event.isComposing) return;
  const options = [...menu.children];
  if (!menu.hidden && options.length > 0) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      mark((chosen + step + options.length) % options.length);
      return;
    }
    if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) {
      event.preventDefault();
      options[chosen].click();
      return;
    }
  }
  if (event.key === "Escape") {
    if (!menu.hidden) hideMenu();
    else setContext(null);
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "ArrowUp" && area.value === "") {
    const last = [...store.messages.values()].findLast((message) => !message.from.is_bot && message.text);
    if (last) {
      event.preventDefault();
      edit(last);
    }
  }
}

function showMenu(begin) {
  const fitting = store.bot.commands.filter(({ command: name }) => name.startsWith(begin.toLowerCase()));
  offer(fitting.map(({ command: name, description }) => [`/${name}`, description, () => pick(`/${name}`)]));
}

/** Offer to complete the name of the bot, the only one that can be called here. */
function offerName(begin) {
  const name = `@${store.bot.username}`;
  const complete = () => {
    area.value = `${area.value.slice(0, -begin.length)}${name} `;
    typed();
    area.focus();
  };
  const fits = name !== begin && name.startsWith(begin.toLowerCase());
  offer(fits ? [[name, store.bot.name, complete]] : []);
}

function offer(options) {
  menu.replaceChildren(
    ...options.map(([name, about, act], index) =>
      button(
        { role: "option", id: `option-${index}`, tabindex: "-1" },
        act,
        make("b", { text: name }),
        make("span", { text: about }),
      ),
    ),
  );
  menu.hidden = options.length === 0;
  byId("slash").setAttribute("aria-expanded", String(!menu.hidden));
  if (!menu.hidden) mark(0);
}

function mark(index) {
  chosen = index;
  for (const [place, node] of [...menu.children].entries()) node.setAttribute("aria-selected", String(place === index));
  menu.children[index].scrollIntoView({ block: "nearest" });
  area.setAttribute("aria-activedescendant", menu.children[index].id);
}

function pick(text) {
  area.value = "";
  typed();
  command(text);
  area.focus();
}

function hideMenu() {
  menu.hidden = true;
  byId("slash").setAttribute("aria-expanded", "false");
  area.removeAttribute("aria-activedescendant");
}

function setContext(next) {
  if (context?.kind === "edit") {
    area.value = "";
    typed();
  }
  context = next;
  byId("context").hidden = !next;
  if (!next) return;
  byId("context").querySelector("svg").replaceWith(icon(next.kind));
  byId("context-title").textContent = next.kind === "edit" ? word("editing") : sender(next.message);
  byId("context-text").textContent = summary(next.message);
  area.focus();
}
