// Numbers, money and times as the reader's own locale writes them.

const counts = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0, signDisplay: "negative" }); // never "-0"
const tenths = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "negative" });
const shares = new Intl.NumberFormat(undefined, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const levels = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const instants = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const whole = (n) => counts.format(n ?? 0);

/** A difference of rates, in percentage points. */
export const points = (fraction) => tenths.format(100 * fraction);

export const percent = (fraction) => shares.format(fraction);

/** A level of confidence, without needless zeros. */
export const level = (fraction) => levels.format(fraction);

/** Money in major units, to the currency's own digits. */
export function money(amount, currencyCode) {
  return currency(amount, currencyCode, {});
}

/** Large sums without their cents, which no interval supports. */
export function sum(amount, currencyCode) {
  return currency(amount, currencyCode, Math.abs(amount) >= 1000 ? { maximumFractionDigits: 0 } : {});
}

function currency(amount, currencyCode, digits) {
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: currencyCode, signDisplay: "negative", ...digits }).format(amount);
  } catch { // not a code that Intl knows how to read
    return `${tenths.format(amount)} ${currencyCode}`;
  }
}

/** A day such as 2026-10-01; what is none stays as it is. */
export function day(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? days.format(new Date(text)) : text;
}

export const instant = (text) => instants.format(new Date(text));
