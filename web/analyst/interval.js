// An interval drawn as a line with a dot at the estimate and a dashed line at zero. The numbers stand beside it as text, so
// the drawing itself is hidden from screen readers, which would hear them twice.
import { drawn } from "./dom.js";

const HEIGHT = 18;
const MARGIN = 7; // room for the dot at either end

/** The span that holds zero and all of the readings. */
export function span(readings) {
  const all = [0, ...readings.filter((r) => r.shown).flatMap((r) => [r.estimate, r.lower ?? r.estimate, r.upper ?? r.estimate])];
  const from = Math.min(...all);
  const to = Math.max(...all);
  return to > from ? { from, to } : { from: -1, to: 1 };
}

/** Draws a shown reading on a span, width in pixels. The dot is filled where the interval leaves zero out. */
export function draw(reading, { from, to }, width) {
  const x = (value) => (MARGIN + ((value - from) / (to - from)) * (width - 2 * MARGIN)).toFixed(1);
  const middle = HEIGHT / 2;
  const clear = reading.bounded && (reading.lower > 0 || reading.upper < 0);
  const kind = !clear ? "" : reading.upper < 0 ? " clear harm" : " clear";
  const parts = [
    drawn("line", { class: "axis", x1: 0, x2: width, y1: middle, y2: middle }),
    drawn("line", { class: "zero", x1: x(0), x2: x(0), y1: 1, y2: HEIGHT - 1 }),
  ];
  if (reading.bounded) {
    parts.push(drawn("line", { class: "whisker" + kind, x1: x(reading.lower), x2: x(reading.upper), y1: middle, y2: middle }));
  }
  parts.push(drawn("circle", { class: "dot" + kind, cx: x(reading.estimate), cy: middle, r: 4 }));
  return drawn("svg", { class: "interval", "aria-hidden": "true", focusable: "false", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` }, parts);
}
