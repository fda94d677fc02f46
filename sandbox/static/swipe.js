// Swiping a message to the left answers it, on touch screens.

const ENOUGH = 56;

/** Watch for swipes over `list`; `answer(node)` is called with the swiped message's element. */
export function startSwiping(list, answer) {
  let begin = null;

  list.addEventListener("touchstart", (event) => {
    const node = event.target.closest(".message");
    const touch = event.touches[0];
    begin = node && event.touches.length === 1 ? { node, x: touch.clientX, y: touch.clientY, way: 0 } : null;
  }, { passive: true });

  list.addEventListener("touchmove", (event) => {
    if (!begin) return;
    const touch = event.touches[0];
    const across = touch.clientX - begin.x;
    if (Math.abs(touch.clientY - begin.y) > 24) {
      settle();
      return;
    }
    begin.way = Math.max(-ENOUGH * 1.3, Math.min(0, across));
    begin.node.style.transform = `translateX(${begin.way}px)`;
  }, { passive: true });

  list.addEventListener("touchend", () => {
    if (begin && begin.way <= -ENOUGH) answer(begin.node);
    settle();
  });
  list.addEventListener("touchcancel", settle);

  function settle() {
    if (begin) begin.node.style.transform = "";
    begin = null;
  }
}
