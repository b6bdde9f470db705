// The figures that the page shows, how each is written, and in plain words why one is withheld.
import { money, percent, points, sum, whole } from "./format.js";

/** `about` are the beginnings of the server's notes that explain why the figure is withheld. */
export const figures = {
  avoided: {
    field: "returnRateAvoided", title: "Return rate avoided", unit: "points", about: ["return rate avoided"],
    write: (x) => points(x),
    explain: (row) => row.returnRateHoldout === undefined || row.returnRateOffered === undefined ? undefined
      : `${percent(row.returnRateHoldout)} returned without an offer of help, ${percent(row.returnRateOffered)} with one.`,
  },
  incremental: {
    field: "incrementalDeflections", title: "Incremental deflections", about: ["return rate avoided", "incremental deflections"],
    write: (x) => whole(x),
    explain: (row) => `Returns that the offer prevented. Attributed, which is not causal: ${whole(row.attributedDeflections)}.`,
  },
  net: {
    field: "netSavings", title: "Net savings", about: ["net saving", "money is withheld"],
    write: (x, row) => sum(x, row.currencyCode),
    explain: (row) => row.sessionCost === undefined ? "Every session is paid for."
      : `Every session is paid for: ${sum(row.sessionCost, row.currencyCode)} of expert time.`,
  },
  each: {
    field: "savingsPerDeflectedReturn", title: "Savings per deflected return", about: ["savings per deflected return", "money is withheld"],
    write: (x, row) => money(x, row.currencyCode),
    explain: (row) => row.costOfReturn === undefined ? undefined
      : `A return costs ${money(row.costOfReturn, row.currencyCode)} on average.`,
  },
};

const withheld = {
  not_enough_data: { short: "too few yet", title: "Not enough data yet", why: "What has matured so far cannot carry this figure." },
  unbounded: { short: "not bounded", title: "Cannot be bounded yet", why: "The data leave the effect open, so this figure could be almost anything." },
  srm_blocked: { short: "blocked", title: "Blocked", why: "The arms do not have the sizes that the lot should give, so comparing them would mislead. Find the cause first." },
};
const unknown = { short: "withheld", title: "Withheld", why: "The server does not show this figure." };

/**
 * Reads a figure of a row: its estimate, its always-valid interval where there is one, or the words for why it is not shown.
 * notes are those of the row that speak of it.
 */
export function read(figure, row) {
  const e = row[figure.field] ?? {};
  const shown = e.status === "ok" && e.estimate !== undefined;
  const bounded = shown && e.alwaysValidLower !== undefined && e.alwaysValidUpper !== undefined;
  return {
    shown, bounded,
    estimate: shown ? e.estimate : undefined,
    lower: bounded ? e.alwaysValidLower : undefined,
    upper: bounded ? e.alwaysValidUpper : undefined,
    words: shown ? undefined : Object.hasOwn(withheld, e.status) ? withheld[e.status] : unknown,
    notes: (row.notes ?? []).filter((note) => figure.about.some((name) => note.startsWith(name))),
  };
}

/** The interval in words: "38.2 to 47.1". */
export function range(figure, row, reading) {
  return `${figure.write(reading.lower, row)} to ${figure.write(reading.upper, row)}`;
}

/** A note as a sentence. */
export function sentence(note) {
  const text = note.charAt(0).toLocaleUpperCase() + note.slice(1);
  return /[.!?]$/.test(text) ? text : text + ".";
}
