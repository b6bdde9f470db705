// The analyst's page: asks for a report, shows it, and saves it as CSV.
import { csv, report, Problem } from "./api.js";
import { headline } from "./cards.js";
import { element } from "./dom.js";
import { instant, whole } from "./format.js";
import { table } from "./table.js";

const KEPT = "fixfirst.key"; // in sessionStorage, which ends with the tab
const FIELDS = ["seller", "startDate", "endDate", "confidence"];

const at = (id) => document.getElementById(id);
const form = at("query");
const boxes = [...form.querySelectorAll('input[name="groupBy"]')];
let running = new AbortController();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run(show);
});
at("download").addEventListener("click", () => form.reportValidity() && run(save));
at("forget").addEventListener("click", forget);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address keeps the query
  at("report").focus();
});
addEventListener("hashchange", () => {
  preset();
  start();
});
at("key").value = sessionStorage.getItem(KEPT) ?? "";
preset();
start();

/** Shows the report at once where the tab already has a key. */
function start() {
  if (at("key").value) {
    run(show);
  }
}

/** Takes the query from the address, "#seller=acme&groupBy=SKU", which can be kept and passed on. It never holds the key. */
function preset() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  for (const name of FIELDS.filter((name) => wanted.has(name))) {
    const before = at(name).value;
    at(name).value = wanted.get(name);
    at(name).value ||= before; // what the field cannot take changes nothing
  }
  if (wanted.has("groupBy")) {
    boxes.forEach((box) => { box.checked = wanted.getAll("groupBy").includes(box.value); });
  }
}

function asked() {
  const query = Object.fromEntries(FIELDS.map((name) => [name, at(name).value.trim()]));
  return { key: at("key").value.trim(), query, groupBy: boxes.filter((box) => box.checked).map((box) => box.value) };
}

/** Does one thing at a time: what is asked for now replaces what is still on its way. */
async function run(action) {
  running.abort();
  const mine = running = new AbortController();
  clearProblem();
  at("report").setAttribute("aria-busy", "true");
  at("state").textContent = "Asking for the report…";
  try {
    at("state").textContent = await action(asked(), mine.signal);
  } catch (error) {
    if (mine.signal.aborted) {
      return;
    }
    at("state").textContent = "";
    if (action === show) {
      at("report").replaceChildren(); // it answered another question
    }
    showProblem(error);
  }
  at("report").removeAttribute("aria-busy");
}

/** Shows the report and gives the words that announce it. */
async function show({ key, query, groupBy }, signal) {
  const [total, grouped] = await Promise.all([
    report(key, query, [], signal),
    groupBy.length ? report(key, query, groupBy, signal) : undefined,
  ]);
  sessionStorage.setItem(KEPT, key);
  const wanted = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  groupBy.forEach((by) => wanted.append("groupBy", by));
  history.replaceState(null, "", `#${wanted}`);
  const totals = total.rows ?? [];
  if (totals.length === 0) {
    at("report").replaceChildren();
    return "No intercepts in this period. Widen the days, or check the seller.";
  }
  at("report").replaceChildren(
    ...totals.map((row) => headline(row, total.confidence, totals.length > 1)),
    ...(grouped ? [table(grouped, groupBy.map((by) => by.toLowerCase()))] : []));
  const rows = grouped?.rows?.length;
  return `As of ${instant(total.asOf)}${rows === undefined ? "" : rows === 1 ? ", 1 row" : `, ${whole(rows)} rows`}.`;
}

/** Saves the report as a file. */
async function save({ key, query, groupBy }, signal) {
  const blob = await csv(key, query, groupBy, signal);
  sessionStorage.setItem(KEPT, key);
  const name = ["fixfirst-deflection", query.seller, query.startDate, query.endDate].filter(Boolean).join("-");
  const link = element("a", { href: URL.createObjectURL(blob), download: `${name.replace(/[^\w.-]+/g, "_")}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // browsers read it after the click
  return "The CSV is saved.";
}

function forget() {
  running.abort();
  sessionStorage.removeItem(KEPT);
  at("key").value = "";
  at("report").replaceChildren();
  at("report").removeAttribute("aria-busy");
  clearProblem();
  at("state").textContent = "The key is forgotten and the report is closed.";
  at("key").focus();
}

function showProblem(error) {
  const known = error instanceof Problem;
  if (!known) {
    console.error(error);
  }
  at("problem").replaceChildren(element("p", {}, known ? error.message : "This page failed to show the report. Reload it and try again."));
  if (known && error.badKey) {
    sessionStorage.removeItem(KEPT);
  }
  const field = known && error.field ? at(error.field) : null;
  if (field && form.contains(field)) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-errormessage", "problem");
    field.focus();
  }
}

function clearProblem() {
  at("problem").replaceChildren();
  form.querySelectorAll("[aria-invalid]").forEach((field) => {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
  });
}
