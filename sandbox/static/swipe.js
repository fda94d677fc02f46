// On touch screens: swiping a message to the left answers it, holding it opens its menu.

const ENOUGH = 56;
const HOLD_MILLISECONDS = 480;

/** Watch for swipes over `list`; `answer(node)` is called with the swiped message's element. */
export function startSwiping(list, answer) {
  let begin = null;
  let holding = 0;
  let held = false;

  list.addEventListener("touchstart", (event) => {
    const node = event.target.closest(".message");
    const touch = event.touches[0];
    settle();
    begin = node && event.touches.length === 1 ? { node, x: touch.clientX, y: touch.clientY, way: 0 } : null;
    // Some browsers tell of a held finger by themselves, others never do.
    held = false;
    if (begin) holding = setTimeout(hold, HOLD_MILLISECONDS, { clientX: touch.clientX, clientY: touch.clientY });
  }, { passive: true });

  list.addEventListener("touchmove", (event) => {
    if (!begin) return;
    const touch = event.touches[0];
    const across = touch.clientX - begin.x;
    if (Math.abs(across) > 10 || Math.abs(touch.clientY - begin.y) > 10) clearTimeout(holding);
    if (Math.abs(touch.clientY - begin.y) > 24) {
      settle();
      return;
    }
    begin.way = Math.max(-ENOUGH * 1.3, Math.min(0, across));
    begin.node.style.transform = `translateX(${begin.way}px)`;
  }, { passive: true });

  list.addEventListener("touchend", (event) => {
    // The finger that opened the menu must not press what lies under it.
    if (held) event.preventDefault();
    if (begin && begin.way <= -ENOUGH) answer(begin.node);
    settle();
  });
  list.addEventListener("touchcancel", settle);

  function hold(place) {
    settle();
    const bubble = document.elementFromPoint(place.clientX, place.clientY)?.closest(".bubble");
    if (!bubble || document.querySelector("#message-menu:popover-open")) return;
    held = true;
    bubble.dispatchEvent(new MouseEvent("contextmenu", { ...place, bubbles: true, cancelable: true }));
  }

  function settle() {
    clearTimeout(holding);
    if (begin) begin.node.style.transform = "";
    begin = null;
  }
}
