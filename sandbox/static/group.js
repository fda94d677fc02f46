// What a group has that a private chat has not: several people to write as, and a bot that comes and goes.

import { api } from "./api.js";
import { button, byId, make, toast } from "./dom.js";
import { become, current, go, inGroup, people } from "./place.js";
import { store } from "./store.js";
import { word } from "./words.js";

/** Wire what concerns groups; `changed` is called when another person writes. */
export function startGroup(changed) {
  byId("group").addEventListener("click", () => go(!inGroup()));
  byId("promote").addEventListener("click", () => setStatus(store.status === "administrator" ? "member" : "administrator"));
  byId("add-bot").addEventListener("click", () => setStatus(store.blocked ? "member" : "kicked"));
  byId("writers").addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (!chosen) return;
    become(Number(chosen.value));
    changed();
    byId("text").focus();
  });
}

/** Let the bot be what `status` says. */
export async function setStatus(status) {
  byId("menu").hidePopover();
  try {
    await api.member(status);
  } catch (error) {
    toast(error.message);
  }
}

/** Show what depends on the group; `empty` tells whether nobody wrote yet. */
export function renderGroup(empty) {
  const shown = inGroup();
  byId("group").textContent = word(shown ? "private" : "group");
  byId("add-bot").hidden = !shown || empty;
  byId("add-bot").textContent = word(store.blocked ? "addBack" : "removeBot");
  byId("promote").hidden = !shown || empty || store.blocked;
  byId("promote").textContent = word(store.status === "administrator" ? "demote" : "promote");
  byId("writers").hidden = !shown || empty;
  if (!shown) return;
  const names = people().map(({ id, name }) =>
    button({ value: id, text: name, "aria-pressed": String(id === current().id) }),
  );
  const focused = byId("writers").contains(document.activeElement) ? document.activeElement.value : null;
  byId("writers").replaceChildren(make("span", { text: `${word("writeAs")}:` }), ...names);
  names.find((node) => node.value === focused)?.focus();
}
