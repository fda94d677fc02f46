// How the pictures of an album share its room: rows of one height each, as even as can be.

const NARROWEST = 0.62;
const WIDEST = 2.1;
// Heights in parts of the album's width.
const ROW = 0.52;
const TALLEST = 1.35;
const MOST_IN_ROW = 4;

/** Divide pictures, given as width / height, into rows: arrays of those ratios, within what can be shown. */
export function rows(ratios) {
  const bounded = ratios.map((ratio) => Math.min(WIDEST, Math.max(NARROWEST, ratio || 1)));
  let best = { cost: Infinity, rows: [] };
  (function divide(from, done) {
    if (from === bounded.length) {
      const cost = price(done);
      if (cost < best.cost) best = { cost, rows: done };
      return;
    }
    for (let to = from + 1; to <= Math.min(bounded.length, from + MOST_IN_ROW); to += 1) {
      divide(to, [...done, bounded.slice(from, to)]);
    }
  })(0, []);
  return best.rows;
}

function price(divided) {
  const heights = divided.map((row) => 1 / row.reduce((sum, ratio) => sum + ratio));
  const uneven = heights.reduce((sum, height) => sum + (height - ROW) ** 2, 0);
  const total = heights.reduce((sum, height) => sum + height);
  return uneven / heights.length + 3 * Math.max(0, total - TALLEST) ** 2;
}
