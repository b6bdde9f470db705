// The rows of a report as a table, and the notes that explain what is withheld.
import { element } from "./dom.js";
import { figures, range, read, sentence } from "./figures.js";
import { day, level, percent, whole } from "./format.js";
import { draw, span } from "./interval.js";

const WIDTH = 116;
const MOST_ROWS = 500; // a browser stays quick; the CSV has them all
const LONG_NAME = 26;  // longer ones are broken into lines
const OPEN_NOTES = 8;  // more than these are folded

const names = { sku: "SKU", reason: "Reason", day: "Day", seller: "Seller" };

/** Makes the table of a report; keys are the groups in order, as "sku". */
export function table(report, keys) {
  const rows = (report.rows ?? []).slice(0, MOST_ROWS);
  const scale = span(rows.map((row) => read(figures.avoided, row)));
  const title = `By ${keys.map((key) => names[key]).join(" and ").replace("Reason", "reason").replace("Day", "day").replace("Seller", "seller")}`;
  const several = new Set(rows.map((row) => row.currencyCode)).size > 1; // currencies
  const left = (report.rows?.length ?? 0) - rows.length;
  return element("section", {},
    element("h2", { id: "table-title" }, title),
    element("div", { class: "scroll", role: "region", "aria-labelledby": "table-title", tabindex: "0" },
      element("table", {}, caption(rows, several, left), head(keys, several),
        element("tbody", {}, rows.map((row) => line(row, keys, several, scale))))),
    element("p", { class: "legend" },
      `Dot: estimate. Line: ${level(report.confidence)} always-valid interval. Dashed: no effect. The dot is filled where the interval leaves no effect out; left of the dashed line more was returned with help than without.`),
    notes(rows, keys, several));
}

function caption(rows, several, left) {
  const amounts = several || rows.length === 0 ? "" : ` Amounts are in ${rows[0].currencyCode}.`;
  const more = left > 0 ? ` The first ${whole(MOST_ROWS)} rows; ${whole(left)} more are in the CSV.` : "";
  return element("caption", {}, element("span", {}, `Figures of mature intercepts, the interval under its estimate.${amounts}${more}`));
}

function head(keys, several) {
  const column = (...lines) => element("th", { scope: "col" }, lines.flatMap((text, n) => (n ? [element("br"), text] : [text])));
  return element("thead", {}, element("tr", {},
    keys.map((key) => element("th", { scope: "col", class: "name" }, names[key])),
    several ? element("th", { scope: "col", class: "name" }, "Currency") : undefined,
    column("Intercepts"), column("Mature:", "offered / held out"), column("Returned:", "held out → offered"),
    column("Return rate avoided,", "percentage points"), column("Incremental", "deflections"), column("Attributed,", "not causal"),
    column("Net savings"), column("Savings per", "deflected return")));
}

function line(row, keys, several, scale) {
  const mature = row.mature ?? {};
  const rate = (x) => (x === undefined ? "–" : percent(x));
  return element("tr", {},
    keys.map((key) => rowHeader(named(row, key))),
    several ? element("td", { class: "name" }, row.currencyCode) : undefined,
    element("td", {}, whole(row.intercepts)),
    element("td", {}, `${whole(mature.offered)} / ${whole(mature.holdout)}`),
    element("td", {}, `${rate(row.returnRateHoldout)} → ${rate(row.returnRateOffered)}`),
    avoided(row, scale),
    cell(figures.incremental, row),
    element("td", {}, whole(row.attributedDeflections)),
    cell(figures.net, row),
    cell(figures.each, row));
}

function rowHeader(name) {
  return element("th", { scope: "row", ...(name.length > LONG_NAME ? { class: "long" } : {}) }, name);
}

function named(row, key) {
  const value = row.keys?.[key] ?? "";
  return key === "day" ? day(value) : value || "(none)";
}

function avoided(row, scale) {
  const reading = read(figures.avoided, row);
  if (!reading.shown) {
    return cell(figures.avoided, row);
  }
  return element("td", {}, element("div", { class: "effect" }, draw(reading, scale, WIDTH), element("span", {}, numbers(figures.avoided, row, reading))));
}

function cell(figure, row) {
  const reading = read(figure, row);
  return reading.shown
    ? element("td", {}, numbers(figure, row, reading))
    : element("td", { class: "withheld" }, reading.words.short);
}

function numbers(figure, row, reading) {
  const interval = reading.bounded ? range(figure, row, reading) : "no interval yet";
  return [figure.write(reading.estimate, row), element("span", { class: "small" }, interval)];
}

/** Lists each note once, with the rows that it is about. */
function notes(rows, keys, several) {
  const about = new Map();
  for (const row of rows) {
    const name = [...keys.map((key) => named(row, key)), ...(several ? [row.currencyCode] : [])].join(" ");
    const warning = row.sampleRatio?.warning;
    for (const note of new Set([...(row.notes ?? []), ...(warning ? [warning] : [])])) {
      about.set(note, [...(about.get(note) ?? []), name]);
    }
  }
  if (about.size === 0) {
    return undefined;
  }
  const list = [...about].map(([note, of]) =>
    element("li", {}, element("strong", {}, of.length === rows.length && rows.length > 1 ? "All rows" : of.join(", ")), `: ${sentence(note)}`));
  return element("details", { class: "notes", ...(list.length <= OPEN_NOTES ? { open: "" } : {}) },
    element("summary", {}, `Notes (${whole(list.length)})`), element("ul", {}, list));
}
