// One block of the conversation: a message, or the messages of an album.

import { fileUrl } from "./api.js";
import { button, icon, make } from "./dom.js";
import { store } from "./store.js";
import { rich } from "./text.js";
import { clock, size, word } from "./words.js";

const WIDEST = 400;
const TALLEST = 440;
const LARGEST_SCALE = 1.8;
const SHOWN = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"]);

/** A few words for a message, as quotes and announcements show it. */
export function summary(message) {
  if (message.text) return message.text;
  const kind = message.photo ? word("photo") : message.document ? message.document.file_name || word("file") : "";
  return message.caption ? `${kind}, ${message.caption}` : kind;
}

/** The name of a message's sender. */
export function sender(message) {
  return message.from.is_bot ? store.bot.name : word("you");
}

/**
 * Render a block. `does` has what its parts do: command(text), open(message), press(message, button), reply(message),
 * edit(message), copy(message), jump(id), retry(message), discard(message).
 */
export function bubble(block, does) {
  const { messages, own } = block;
  const lead = messages[0];
  const worded = messages.find((message) => message.text || message.caption);
  const media = messages.filter((message) => message.photo);
  const documents = messages.filter((message) => message.document);
  const body = make("div", { class: "bubble" });
  if (lead.forward_origin) body.append(make("p", { class: "forward", text: word("forwarded") }));
  if (lead.reply_to_message) body.append(quote(lead.reply_to_message, does));
  const parts = [];
  if (media.length === 1) parts.push(photo(media[0], does));
  if (media.length > 1) parts.push(album(media, does));
  parts.push(...documents.map((message) => file(message, does)));
  const words = worded && wording(worded, messages.at(-1), own, does);
  if (words && worded.show_caption_above_media) parts.unshift(words);
  else if (words) parts.push(words);
  body.append(...parts);
  if (!words) body.append(meta(messages.at(-1), own));
  if (media.length > 0) body.classList.add("pictured");
  if (media.length > 0 && !words) body.classList.add("bare");

  const line = make("div", { class: "line" }, body);
  const stack = make("div", { class: "stack" }, line);
  const node = make("article", { class: "message", "data-id": lead.message_id }, stack);
  node.classList.toggle("own", own);
  node.classList.toggle("opens", block.opens);
  node.classList.toggle("closes", block.closes);
  const reactions = messages.flatMap((message) => store.reactions.get(message.message_id) ?? []);
  if (reactions.length > 0) body.append(pills(reactions));
  if (lead.pending) node.classList.add(lead.pending);
  else line.append(tools(lead, worded, own, does));
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

function photo(message, does) {
  const full = message.photo.at(-1);
  const scale = Math.min(LARGEST_SCALE, WIDEST / full.width, TALLEST / full.height);
  const width = Math.max(Math.round(full.width * scale), message.caption ? 260 : 150);
  const height = Math.max(Math.round(full.height * scale), 80);
  const node = opener("photo", message, does, shot(message));
  node.style.width = `${width}px`;
  node.style.aspectRatio = `${width} / ${height}`;
  return node;
}

function album(messages, does) {
  const photos = messages.map((message) => opener("photo", message, does, shot(message)));
  return make("div", { class: `album of${Math.min(messages.length, 5)}` }, ...photos);
}

function shot(message) {
  return make("img", { src: fileUrl(suited(message.photo)), alt: message.caption || word("photo"), decoding: "sync" });
}

/** A button that opens the big view of a message's picture. */
function opener(kind, message, does, image) {
  return button({ class: kind, "aria-label": word("openPhoto") }, () => does.open(message), image);
}

/** The size of a photo that is sharp enough in a bubble. */
function suited(sizes) {
  return sizes.find((one) => Math.max(one.width, one.height) >= 800) ?? sizes.at(-1);
}

function file(message, does) {
  const { document: shown } = message;
  const picture = SHOWN.has(shown.mime_type) && shown.file_size < 20 * 2 ** 20;
  const ending = (shown.file_name?.split(".").at(-1) ?? "").slice(0, 4).toUpperCase();
  const cover = picture
    ? opener("cover", message, does, make("img", { src: fileUrl(shown), alt: "", loading: "lazy" }))
    : make("span", { class: "cover" }, make("b", { text: ending }));
  const name = shown.file_name || word("file");
  const link = make("a", { href: fileUrl(shown), download: name, text: name });
  return make("div", { class: "file" }, cover, make("span", {}, link, make("small", { text: size(shown.file_size) })));
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

function tools(lead, worded, own, does) {
  const node = make("div", { class: "tools" });
  const add = (name, act) => {
    const label = word(name);
    node.append(button({ class: "icon", title: label, "aria-label": label }, act, icon(name)));
  };
  add("reply", () => does.reply(lead));
  if (own && worded && !lead.media_group_id) add("edit", () => does.edit(worded));
  if (worded) add("copy", () => does.copy(worded));
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
  if (key.url) {
    const outside = { class: "key", target: "_blank", rel: "noopener noreferrer", text: key.text };
    const node = make("a", outside, icon("link"));
    if (/^(https?|tg):/i.test(key.url)) node.href = key.url;
    return node;
  }
  const busy = store.pressed.has(`${message.message_id}:${key.callback_data}`);
  const properties = { class: "key", text: key.text, "aria-busy": busy ? "true" : null };
  const node = button(properties, () => does.press(message, key));
  if (busy) node.append(make("span", { class: "spinner" }));
  return node;
}
