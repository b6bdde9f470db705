// The guide's page: shows a guide to its seller as shoppers will see it, or to a shopper, whose steps it records.
import { chooseRefund, getGuide, getIntercept, getPreview, Problem, Session } from "./api.js";
import { element } from "./dom.js";
import "./fixfirst-guide.js";

const SHOPPER = "ffs_"; // what tokens of shoppers begin with
const FIELDS = ["seller", "guide", "revision", "intercept"];

/** @typedef {{key: string, seller: string, guide: string, revision: string, intercept: string}} Asked */

const at = (id) => document.getElementById(id);
const form = at("query");
const wanted = new URLSearchParams(location.search);

FIELDS.filter((name) => wanted.has(name)).forEach((name) => { at(name).value = wanted.get(name); });
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address keeps the query
  at("guide-place").focus();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run(open);
});
if (wanted.has("preview")) { // of a file, served by the command line
  form.remove();
  run(async () => show(await getPreview(), {}));
}

/** Does what was asked for, and says what went wrong. */
async function run(action) {
  at("problem").replaceChildren();
  form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  at("guide-place").setAttribute("aria-busy", "true");
  try {
    await action();
  } catch (error) {
    problem(error);
  }
  at("guide-place").removeAttribute("aria-busy");
}

async function open() {
  const asked = /** @type {Asked} */ (Object.fromEntries(["key", ...FIELDS].map((name) => [name, at(name).value.trim()])));
  asked.intercept = asked.intercept.replace(/^intercepts\//, "");
  await (asked.key.startsWith(SHOPPER) ? openForShopper(asked) : openForSeller(asked));
}

async function openForSeller({ key, seller, guide, revision }) {
  require({ seller, guide });
  show(await getGuide(key, seller, guide, revision), {});
}

/** Shows what the intercept offers. Without an offer, or where that cannot be had, the refund link is what is left. */
async function openForShopper({ key, guide, intercept }) {
  require({ intercept });
  const found = await getIntercept(key, intercept);
  const refund = element("a", { href: found.refundUrl, rel: "noreferrer" }, "Return it for a refund");
  at("guide-place").replaceChildren(element("p", { class: "guide-refund" }, refund));
  const offers = found.offer?.guides ?? [];
  const offer = guide ? offers.find((o) => o.guide.endsWith(`/${guide}`)) : offers[0];
  if (!offer) {
    throw new Problem("No guide is offered for this return.");
  }
  const [, seller, , id] = offer.guide.split("/");
  const read = await getGuide(key, seller, id, offer.revision);
  show(read, { refundUrl: found.refundUrl, reason: found.reason, entry: offer.entryStep });
  record(at("guide-place").querySelector("fixfirst-guide"), key, intercept, read);
}

/** @param {Record<string, string>} fields that must be filled in */
function require(fields) {
  const missing = Object.keys(fields).find((name) => fields[name] === "");
  if (missing) {
    throw new Problem(`Say which ${missing}.`, missing);
  }
}

/** @param {import("./walk.js").Guide} guide */
function show(guide, { refundUrl = "", reason = "", entry = "" }) {
  const node = element("fixfirst-guide", { "refund-url": refundUrl, reason, entry });
  node.guide = guide;
  document.title = `${guide.title} · Fixfirst`;
  form.remove(); // with it goes the key, which stays in memory only for as long as the page does
  at("guide-place").replaceChildren(node, ...(refundUrl ? [] : aside(guide)));
  if (!refundUrl) {
    node.addEventListener("fixfirst-refund", (event) => {
      event.preventDefault();
      node.announce("Preview: here the shopper leaves for the refund.");
    });
  }
}

/** What only the seller sees beside a preview: which text it is, and its findings. */
function aside(guide) {
  const state = guide.revision ? `revision ${guide.revision}` : "draft";
  const findings = guide.findings ?? [];
  const item = ({ line, column, severity, rule, message, mend }) => element("li", {},
    [line ? `Line ${line}, column ${column}: ` : "", `${severity ?? ""} ${rule ?? ""}: `, message, mend ? `; ${mend}` : ""].join(""));
  return [element("aside", { class: "guide-aside", "aria-label": "For the seller" },
    element("p", {}, `Preview of ${guide.name || "a file"}, ${state}. Nothing is recorded.`),
    findings.length > 0 && element("details", {}, element("summary", {}, `Findings: ${findings.length}`), element("ul", {}, findings.map(item))))];
}

/** Records the shopper's way. What cannot be saved never stands in the way. */
function record(node, key, intercept, guide) {
  const session = new Session(key, intercept, guide.locale ?? "");
  const keep = (saving) => saving.catch(() => node.announceUnsaved());
  node.addEventListener("fixfirst-start", () => keep(session.start()));
  node.addEventListener("fixfirst-step", ({ detail }) => keep(session.recordStep({ guide: guide.name, revision: guide.revision, ...detail })));
  node.addEventListener("fixfirst-answer", ({ detail }) => keep(session.answer(detail.solved).then(() => session.leave())));
  node.addEventListener("fixfirst-refund", () => { // the link leads away at once, whatever becomes of these
    Promise.allSettled([chooseRefund(key, intercept), session.leave()]);
  });
}

function problem(error) {
  const known = error instanceof Problem;
  if (!known) {
    console.error(error);
  }
  at("problem").replaceChildren(element("p", {}, known ? error.message : "This page failed to show the guide. Reload it and try again."));
  const field = known && error.field ? at(error.field) : null;
  if (field && form.contains(field)) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-errormessage", "problem");
    field.focus();
  }
}
