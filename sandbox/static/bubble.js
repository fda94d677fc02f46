// One block of the conversation: a message, or the messages of an album.

import { fileUrl } from "./api.js";
import { button, icon, make } from "./dom.js";
import { linkTo } from "./links.js";
import { album, file, other, otherKind, photo } from "./media.js";
import { inGroup, personId } from "./place.js";
import { store } from "./store.js";
import { rich } from "./text.js";
import { clock, word } from "./words.js";

/** A few words for a message, as quotes and announcements show it. */
export function summary(message) {
  if (message.text) return message.text;
  const other = otherKind(message);
  const named = message.photo ? "photo" : other;
  const kind = named ? word(named) : message.document ? message.document.file_name || word("file") : serviceText(message);
  return message.caption ? `${kind}, ${message.caption}` : kind;
}

/** What happened in the chat, for a message that nobody wrote. */
export function serviceText(message) {
  const key = message.new_chat_members ? "joined" : message.left_chat_member ? "gone" : null;
  return key ? word(key, { name: store.bot.name }) : "";
}

/** Whether this tab's person sent a message. */
export function isOwn(message) {
  return !message.from.is_bot && (!inGroup() || message.from.id === personId());
}

/** The name of a message's sender. */
export function sender(message) {
  if (message.from.is_bot) return store.bot.name;
  return isOwn(message) ? word("you") : message.from.first_name;
}

/**
 * Render a block. `does` has what its parts do: command(text), open(message), press(message, button), reply(message),
 * edit(message), copy(message), remove(messages), jump(id), retry(message), discard(message), menu(event, actions).
 */
export function bubble(block, does) {
  const { messages, own } = block;
  const lead = messages[0];
  const worded = messages.find((message) => message.text || message.caption);
  const media = messages.filter((message) => message.photo);
  const documents = messages.filter((message) => message.document && !otherKind(message));
  const body = make("div", { class: "bubble" });
  const named = inGroup() && !own && block.opens;
  if (named) body.append(make("p", { class: `from ${hue(lead)}`, text: sender(lead) }));
  if (lead.forward_origin) body.append(make("p", { class: "forward", text: word("forwarded") }));
  if (lead.reply_to_message) body.append(quote(lead.reply_to_message, does));
  const parts = [];
  if (media.length === 1) parts.push(photo(media[0], does));
  if (media.length > 1) parts.push(album(media, does));
  parts.push(...documents.map((message) => file(message, does)));
  parts.push(...messages.filter(otherKind).map((message) => other(message)));
  const words = worded && wording(worded, messages.at(-1), own, does);
  if (words && worded.show_caption_above_media) parts.unshift(words);
  else if (words) parts.push(words);
  body.append(...parts);
  if (!words) body.append(meta(messages.at(-1), own));
  if (media.length > 0) body.classList.add("pictured");
  if (media.length > 0 && !words) body.classList.add("bare");
  if (media.length > 0 && (named || lead.forward_origin)) body.classList.add("headed");

  const line = make("div", { class: "line" }, body);
  const stack = make("div", { class: "stack" }, line);
  const label = `${sender(lead)}, ${clock(lead.date)}`;
  const node = make("article", { class: "message", "data-id": lead.message_id, "aria-label": label }, stack);
  if (inGroup() && !own && block.closes) node.append(face(lead));
  node.classList.toggle("own", own);
  node.classList.toggle("opens", block.opens);
  node.classList.toggle("closes", block.closes);
  const reactions = messages.flatMap((message) => store.reactions.get(message.message_id) ?? []);
  if (reactions.length > 0) body.append(pills(reactions));
  if (lead.pending) node.classList.add(lead.pending);
  else {
    const actions = actionsOn(messages, worded, does);
    line.append(tools(actions));
    body.addEventListener("contextmenu", (event) => does.menu(event, actions));
  }
  if (lead.pending === "failed") stack.append(failure(lead, does));
  if (lead.reply_markup) stack.append(buttons(lead, does));
  return node;
}

function quote(message, does) {
  const picture = message.photo?.[0];
  const known = store.messages.has(message.message_id);
  return button(
    { class: "quote", disabled: !known },
    () => does.jump(message.message_id),
    picture && make("img", { src: fileUrl(picture), alt: "", loading: "lazy" }),
    make("span", {}, make("b", { text: sender(message) }), make("span", { text: summary(message) })),
  );
}

/** A colour class for a sender, always the same. */
function hue({ from }) {
  return from.is_bot ? "hue0" : `hue${1 + (from.id % 4)}`;
}

function face(message) {
  if (message.from.is_bot) return make("img", { class: "face", src: "/static/icon.svg", alt: "" });
  return make("span", { class: `face ${hue(message)}`, "aria-hidden": "true", text: [...sender(message)][0] });
}

function wording(message, last, own, does) {
  const text = message.text ?? message.caption;
  const entities = message.entities ?? message.caption_entities;
  return make("div", { class: "words" }, rich(text, entities, does.command), meta(last, own));
}

function meta(message, own) {
  const node = make("span", { class: "meta" });
  if (message.edit_date) node.append(make("i", { text: word("edited") }));
  node.append(make("time", { datetime: new Date(message.date * 1000).toISOString(), text: clock(message.date) }));
  if (own) {
    const state = message.pending ?? (store.readUpTo >= message.message_id ? "read" : "sent");
    const mark = icon({ failed: "alert", sending: "clock", sent: "tick", read: "ticks" }[state]);
    mark.classList.add("tick", state);
    node.append(mark, make("span", { class: "unseen", text: word(state) }));
  }
  return node;
}

function pills(reactions) {
  const counts = new Map();
  for (const { emoji } of reactions) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  const node = make("div", { class: "reactions" });
  for (const [emoji, count] of counts) {
    const label = word("reacted", { emoji });
    const face = count > 1 ? make("b", { text: count }) : make("img", { src: "/static/icon.svg", alt: "" });
    node.append(make("span", { class: "pill", title: label, role: "img", "aria-label": label }, emoji, face));
  }
  return node;
}

/** What can be done with a block, as {name, act}; names are those of icons. */
function actionsOn(messages, worded, does) {
  const lead = messages[0];
  const actions = [{ name: "reply", word: "reply", act: () => does.reply(lead) }];
  const mine = !lead.from.is_bot;
  if (worded && mine) actions.push({ name: "edit", word: "edit", act: () => does.edit(worded) });
  if (worded) actions.push({ name: "copy", word: "copy", act: () => does.copy(worded) });
  if (mine || !inGroup()) actions.push({ name: "bin", word: "deleteIt", act: () => does.remove(messages) });
  return actions;
}

function tools(actions) {
  const node = make("div", { class: "tools" });
  for (const { name, word: key, act } of actions) {
    const label = word(key);
    node.append(button({ class: "icon", title: label, "aria-label": label }, act, icon(name)));
  }
  return node;
}

function failure(message, does) {
  const again = word(message.refused ? "insteadFile" : "retry");
  return make(
    "div",
    { class: "failure", role: "alert" },
    make("span", { text: `${word("failed")}: ${message.error}` }),
    button({ text: again }, () => does.retry(message)),
    button({ text: word("discard") }, () => does.discard(message)),
  );
}

function buttons(message, does) {
  const rows = message.reply_markup.inline_keyboard;
  const lines = rows.map((row) => make("div", {}, ...row.map((key) => inlineKey(message, key, does))));
  return make("div", { class: "buttons" }, ...lines);
}

function inlineKey(message, key, does) {
  if (key.url) return make("a", { class: "key", text: key.text, ...linkTo(key.url) }, icon("link"));
  if (key.copy_text) return button({ class: "key", text: key.text }, () => does.copyText(key.copy_text.text), icon("copy"));
  const busy = store.pressed.has(`${message.message_id}:${key.callback_data}`);
  const properties = { class: "key", text: key.text, "aria-busy": busy ? "true" : null };
  const node = button(properties, () => does.press(message, key));
  if (busy) node.append(make("span", { class: "spinner" }));
  return node;
}
