// Where this tab is, and as whom: a person of its own in a private chat with the bot, or in a group of sample people.

import { language, word } from "./words.js";

const PERSON = "second-look-chat";
const GROUP = "second-look-group";

/** The number of this tab's person; it lives as long as the tab. */
export function personId() {
  let id = sessionStorage.getItem(PERSON);
  if (!id) {
    id = String(100_000_000 + Math.floor(Math.random() * 900_000_000));
    sessionStorage.setItem(PERSON, id);
  }
  return Number(id);
}

/** Become someone new: the next load of the page begins a new chat. */
export function forgetPerson() {
  sessionStorage.removeItem(PERSON);
  sessionStorage.removeItem(GROUP);
}

/** Whether the tab shows the group. */
export function inGroup() {
  return sessionStorage.getItem(GROUP) !== null;
}

/** Go to the group, or back to the private chat. */
export function go(group) {
  if (group) sessionStorage.setItem(GROUP, "yes");
  else sessionStorage.removeItem(GROUP);
  location.assign("/");
}

/** The number of the chat that the tab shows. */
export function chatId() {
  return inGroup() ? -personId() : personId();
}

/** The people of the group: the tab's own person first. */
export function people() {
  const own = personId();
  return [
    { id: own, name: word("you"), first_name: "Robin" },
    { id: own + 1_000_000_001, name: word("anna"), first_name: word("anna") },
    { id: own + 2_000_000_002, name: word("max"), first_name: word("max") },
  ];
}

let writer = 0;

/** Who writes now. */
export function current() {
  return people()[writer];
}

/** Write as the person with this number from now on. */
export function become(id) {
  writer = people().findIndex((person) => person.id === id);
}

/** What every request says of the one who acts: `id` of the group's people, or who writes now. */
export function identity(id = current().id) {
  const common = { language_code: language() };
  if (!inGroup()) return common;
  const { first_name } = people().find((person) => person.id === id) ?? current();
  return { ...common, user_id: id, first_name, title: word("groupTitle") };
}

/** What a link like t.me/bot?start=this hands to the bot, where the page was opened with one. */
export const wish = (() => {
  const query = new URLSearchParams(location.search);
  const start = query.get("start") ?? "";
  if (query.has("startgroup")) sessionStorage.setItem(GROUP, "yes");
  else if (start) sessionStorage.removeItem(GROUP);
  return /^[\w-]{1,64}$/.test(start) ? start : "";
})();
