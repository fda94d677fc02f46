// What a message carries besides words: photos, albums, files, and everything else.

import { fileUrl } from "./api.js";
import { button, icon, make } from "./dom.js";
import { rows } from "./mosaic.js";
import { size, word } from "./words.js";

const WIDEST = 400;
const TALLEST = 440;
const LARGEST_SCALE = 1.8;
const PICTURES = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"]);
const PDF = "application/pdf";
const OTHERS = [
  "animation", "video", "video_note", "audio", "voice", "sticker", "contact", "venue", "location", "poll", "dice", "story",
];

/** What a message is, as a key of the page's words, where it is neither a text nor a photo nor a file. */
export function otherKind(message) {
  return OTHERS.find((kind) => kind in message);
}

/** One photo, in its own shape. */
export function photo(message, does) {
  const full = message.photo.at(-1);
  const scale = Math.min(LARGEST_SCALE, WIDEST / full.width, TALLEST / full.height);
  const width = Math.max(Math.round(full.width * scale), message.caption ? 260 : 150);
  const height = Math.max(Math.round(full.height * scale), 80);
  const node = opener("photo", message, does, shot(message));
  node.style.width = `${width}px`;
  node.style.aspectRatio = `${width} / ${height}`;
  return node;
}

/** Several photos, in rows. */
export function album(messages, does) {
  const ratios = messages.map(({ photo: sizes }) => sizes.at(-1).width / sizes.at(-1).height);
  const left = [...messages];
  const lines = rows(ratios).map((shape) => {
    const line = make("div", { class: "strip" });
    line.style.aspectRatio = String(shape.reduce((sum, ratio) => sum + ratio));
    for (const ratio of shape) {
      const message = left.shift();
      const node = opener("photo", message, does, shot(message));
      node.style.flexGrow = String(ratio);
      line.append(node);
    }
    return line;
  });
  return make("div", { class: "album" }, ...lines);
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

/** A file: a picture opens in the big view, a PDF in a tab of its own, anything else is saved. */
export function file(message, does) {
  const { document: shown } = message;
  const name = shown.file_name || word("file");
  const ending = (name.includes(".") ? name.split(".").at(-1) : "").slice(0, 4).toUpperCase();
  const address = fileUrl(shown);
  const save = { href: address, download: name };
  const open = shown.mime_type === PDF && !message.pending ? { href: address, target: "_blank", rel: "noopener" } : save;
  const about = [ending, size(shown.file_size)].filter(Boolean).join(" · ");
  const words = make("span", { class: "named" }, make("b", { text: name }), make("small", { text: about }));
  const label = word("saveFile", { name });
  const saver = make("a", { class: "icon", ...save, "aria-label": label, title: label }, icon("save"));
  if (PICTURES.has(shown.mime_type) && shown.file_size < 20 * 2 ** 20) {
    const picture = make("img", { src: address, alt: "", loading: "lazy" });
    return make("div", { class: "file" }, opener("cover", message, does, picture), words, saver);
  }
  const cover = make("span", { class: `cover ${ending.toLowerCase()}` }, icon("file"), make("b", { text: ending }));
  const act = open === save ? label : word("openPdf", { name });
  const link = make("a", { class: "whole", ...open, "aria-label": act }, cover, words);
  return make("div", { class: "file" }, link, open !== save && saver);
}

/** A message of another kind: its sign where it has one, else its name. */
export function other(message) {
  const kind = otherKind(message);
  const sign = { sticker: message.sticker?.emoji, dice: message.dice?.emoji }[kind];
  if (sign) return make("div", { class: "sign", role: "img", "aria-label": word(kind), text: sign });
  const cover = make("span", { class: "cover" }, icon(kind in { location: 0, venue: 0 } ? "place" : "file"));
  return make("div", { class: "file" }, cover, make("span", { class: "named" }, make("b", { text: word(kind) })));
}
