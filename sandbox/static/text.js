// A text with Bot API entities as document nodes. Offsets are UTF-16 units, as are JavaScript's.

import { button, make } from "./dom.js";
import { linkTo } from "./links.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
};

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

function link(address) {
  const attributes = linkTo(address);
  return attributes ? make("a", attributes) : make("span");
}

/** A long quote shows its beginning until it is pressed. */
function expandable() {
  const node = make("blockquote", { class: "folded", role: "button", tabindex: "0", "aria-expanded": "false" });
  const turn = () => node.setAttribute("aria-expanded", String(!node.classList.toggle("folded")));
  node.addEventListener("click", (event) => event.target.closest("a, button") || turn());
  node.addEventListener("keydown", (event) => event.key === "Enter" && turn());
  return node;
}

function wrapper(entity, text, command) {
  if (entity.type in TAGS) return make(TAGS[entity.type]);
  switch (entity.type) {
    case "expandable_blockquote":
      return expandable();
    case "text_link":
      return link(entity.url ?? "");
    case "url":
      return link(/^\w+:/.test(text) ? text : `https://${text}`);
    case "email":
      return link(`mailto:${text}`);
    case "bot_command":
      return button({ class: "inline-command" }, () => command(text));
    case "mention":
    case "hashtag":
      return make("span", { class: "tag" });
    case "spoiler":
      return button({ class: "spoiler" }, (event) => event.currentTarget.classList.add("shown"));
    default:
      return make("span");
  }
}

/** Render `text`; `command` is called with a command that was clicked. */
export function rich(text, entities = [], command = () => {}) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const fragment = document.createDocumentFragment();
  render(fragment, 0, text.length, sorted);
  return fragment;

  function render(parent, begin, end, inside) {
    let at = begin;
    for (let index = 0; index < inside.length; ) {
      const entity = inside[index];
      const from = Math.max(entity.offset, at);
      const to = Math.min(entity.offset + entity.length, end);
      index += 1;
      if (from >= to) continue;
      const nested = [];
      while (index < inside.length && inside[index].offset < to) nested.push(inside[index++]);
      const isBlock = BLOCKS.has(entity.type);
      parent.append(text.slice(at, from));
      const node = wrapper(entity, text.slice(from, to), command);
      render(node, from, to, nested);
      parent.append(node);
      // A block ends its line by itself, so a line break after it would be one too many.
      at = isBlock && to < end && text[to] === "\n" ? to + 1 : to;
    }
    parent.append(text.slice(at, end));
  }
}
