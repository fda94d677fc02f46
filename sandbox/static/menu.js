// The menu over a message: by the right button, or by holding a finger on it.

import { button, byId, icon } from "./dom.js";
import { word } from "./words.js";

const node = byId("message-menu");
let opener = null;

/** Show `actions` ({name, word, act}) where `event` happened. */
export function openMenu(event, actions) {
  if (event.target.closest?.("a[href], textarea") || !getSelection().isCollapsed) return;
  event.preventDefault();
  node.replaceChildren(
    ...actions.map((action) => {
      const act = () => {
        close();
        action.act();
      };
      return button({ role: "menuitem", class: action.name }, act, icon(action.name), word(action.word));
    }),
  );
  opener = document.activeElement;
  node.showPopover();
  const { width, height } = node.getBoundingClientRect();
  node.style.left = `${Math.max(8, Math.min(event.clientX, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, Math.min(event.clientY, innerHeight - height - 8))}px`;
  node.firstElementChild.focus();
}

function close() {
  if (!node.matches(":popover-open")) return;
  node.hidePopover();
  opener?.focus?.();
}

/** Wire the keys, and what closes the menu. A popover that closes by itself would, as the finger is lifted. */
export function startMenu() {
  addEventListener("pointerdown", (event) => node.contains(event.target) || close());
  addEventListener("keydown", (event) => event.key === "Escape" && close());
  addEventListener("blur", close);
  node.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...node.children];
    const next = items.indexOf(document.activeElement) + step;
    items[(next + items.length) % items.length].focus();
  });
}
