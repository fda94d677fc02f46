// Links to the bot itself, which lead on within the page instead of to Telegram.

import { store } from "./store.js";

const SAFE = /^(https?:|tg:|mailto:|tel:)/i;

/** The attributes of a link to `address`; none where it is not safe to follow. */
export function linkTo(address) {
  const here = withinPage(address);
  if (here) return { href: here };
  if (!SAFE.test(address)) return null;
  return { href: address, target: "_blank", rel: "noopener noreferrer" };
}

/** Where on the page a link like https://t.me/the_bot?start=this leads, if it is one. */
function withinPage(address) {
  const match = /^(?:https?:\/\/(?:t|telegram)\.me\/(\w+)\/?|tg:\/\/resolve\/?)(?:\?(.*))?$/i.exec(address);
  if (!match) return null;
  const query = new URLSearchParams(match[2] ?? "");
  const name = match[1] ?? query.get("domain") ?? "";
  if (name.toLowerCase() !== store.bot.username?.toLowerCase()) return null;
  if (query.has("startgroup")) return "/?startgroup";
  return query.get("start") ? `/?start=${encodeURIComponent(query.get("start"))}` : "/";
}
