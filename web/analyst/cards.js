// The headline of a report: four figures of everything in the period, for each currency by itself.
import { element } from "./dom.js";
import { figures, range, read, sentence } from "./figures.js";
import { level, percent, whole } from "./format.js";
import { draw, span } from "./interval.js";

const WIDTH = 190;

/** Makes the headline of one currency; several is whether there are more. */
export function headline(row, confidence, several) {
  const warning = row.sampleRatio?.warning;
  return element("section", {},
    element("div", { class: "total" },
      element("h2", {}, several ? `In total, ${row.currencyCode}` : "In total"),
      element("p", { class: "basis" }, basis(row))),
    warning ? element("p", { class: "warning" }, element("strong", {}, "Check the arms first. "), sentence(warning)) : undefined,
    element("ul", { class: "cards", role: "list" }, Object.values(figures).map((figure) => card(figure, row, confidence))));
}

function basis(row) {
  const mature = row.mature ?? {};
  const share = row.matureShare === undefined ? "" : `, ${percent(row.matureShare)} of the eligible`;
  return `${whole(row.intercepts)} intercepts. Mature${share}: ${whole(mature.offered)} offered help, ${whole(mature.holdout)} held out.`;
}

function card(figure, row, confidence) {
  const reading = read(figure, row);
  return element("li", { class: "card" }, element("h3", {}, figure.title), reading.shown ? shown(figure, row, reading, confidence) : missing(reading));
}

function shown(figure, row, reading, confidence) {
  const unit = figure.unit ? element("span", { class: "unit" }, ` ${figure.unit}`) : undefined;
  const why = figure.explain(row);
  return [
    element("p", { class: "figure" }, figure.write(reading.estimate, row), unit),
    draw(reading, span([reading]), WIDTH),
    reading.bounded
      ? element("p", { class: "range" }, `${range(figure, row, reading)}, ${level(confidence)} always valid`)
      : element("p", { class: "range" }, "No always-valid interval yet.", reading.notes.map((note) => ` ${sentence(note)}`)),
    why ? element("p", {}, why) : undefined,
  ];
}

function missing(reading) {
  const notes = reading.notes.length ? reading.notes.map(sentence) : [reading.words.why];
  return [element("p", { class: "figure withheld" }, reading.words.title), notes.map((note) => element("p", {}, note))];
}
