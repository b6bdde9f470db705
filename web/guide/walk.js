// A shopper's way through a guide's steps: which screen comes next. It knows nothing of the page and calls no server.

/**
 * @typedef {{yes?: string, no?: string, next?: string}} Next
 * @typedef {{step: string, title: string, html?: string, instruction?: string, next?: Next, requires?: string[], stop?: string}} Step
 * @typedef {{reason?: string, symptom?: string, step: string}} Entry
 * @typedef {{ending: string, title?: string, html?: string, text?: string}} Ending
 * @typedef {{line?: number, column?: number, severity?: string, rule?: string, message: string, mend?: string}} Finding
 * @typedef {object} Guide As GET /v1/sellers/{seller}/guides/{guide} gives it.
 * @property {string} name
 * @property {string} title
 * @property {number} [revision]
 * @property {string} [state]
 * @property {string} [locale]
 * @property {number} [minutes]
 * @property {string} [difficulty]
 * @property {string[]} [tools]
 * @property {string} [intro]
 * @property {Step[]} [steps]
 * @property {Entry[]} [entries]
 * @property {Ending[]} [endings]
 * @property {Finding[]} [findings]
 *
 * @typedef {{kind: "start"}|{kind: "step", id: string, wanted: string[]}|{kind: "ending", id: string}} Screen
 *   wanted: the steps that this one has to come before, the nearest last.
 */

export const FIXED = "fixed";
export const ASK_EXPERT = "ask-an-expert";
export const RETURN_IT = "return-it";
export const STOP = "stop";

const ENDINGS = new Set([FIXED, ASK_EXPERT, RETURN_IT, STOP]);

/** The ending that a link names, by its id or by the short form that guides may write, or undefined. */
export function endingOf(id) {
  const long = { expert: ASK_EXPERT, return: RETURN_IT }[id] ?? id;
  return ENDINGS.has(long) ? long : undefined;
}

/**
 * What saying Yes to a step records. The step is FIXED only where Yes leads to that ending, or where the guide does not say; a Yes
 * that leads to a step or to another ending answers something else ("Is the light green?"): it was done, and the trouble is not over.
 * @param {Step} step
 * @returns {"FIXED"|"NOT_FIXED"}
 */
export function resultOfYes(step) {
  const yes = step.next?.yes;
  return !yes || endingOf(yes) === FIXED ? "FIXED" : "NOT_FIXED";
}

/** One walk through one guide. Every method that moves gives the screen that it leads to. */
export class Walk {
  /** @param {Guide} guide */
  constructor(guide) {
    /** @type {Map<string, Step>} */
    this.steps = new Map((guide.steps ?? []).map((step) => [step.step, step]));
    this.first = guide.steps?.[0]?.step ?? "";
    /** @type {Screen[]} */
    this.path = [{ kind: "start" }];
  }

  /** @returns {Screen} */
  get screen() {
    return this.path[this.path.length - 1];
  }

  /** The step that is shown, or undefined. */
  get step() {
    return this.screen.kind === "step" ? this.steps.get(this.screen.id) : undefined;
  }

  /** How many steps have been shown, this one included: "Step 2". */
  get count() {
    return this.path.filter((screen) => screen.kind === "step").length;
  }

  get canGoBack() {
    return this.path.length > 1;
  }

  /** Begins with a step of the guide, or with its first. */
  begin(step = "") {
    return this.#go(this.steps.has(step) ? step : this.first, []);
  }

  /** Goes where the step that is shown leads: with Yes, or with No, which is also the way of a step that was skipped or asks nothing. */
  answer(yesSaid) {
    const { yes, no, next } = this.step?.next ?? {};
    if (yesSaid) {
      return this.#go(yes || FIXED, []);
    }
    const leads = no || next || ASK_EXPERT;
    const wanted = this.screen.kind === "step" ? this.screen.wanted : [];
    // A step that only came first leads to what it came first for, unless its own answer is final.
    if (wanted.length > 0 && (this.steps.has(leads) || leads === ASK_EXPERT)) {
      return this.#go(wanted[wanted.length - 1], wanted.slice(0, -1));
    }
    return this.#go(leads, []);
  }

  /** Goes to a step or an ending, because the shopper says so. */
  to(id) {
    return this.#go(id, []);
  }

  has(step) {
    return this.steps.has(step);
  }

  back() {
    if (this.canGoBack) {
      this.path.pop();
    }
    return this.screen;
  }

  restart() {
    this.path = [{ kind: "start" }];
    return this.screen;
  }

  /** Goes to a step or an ending; what a step requires and has not been shown comes first. */
  #go(id, wanted) {
    if (!this.steps.has(id)) {
      this.path.push({ kind: "ending", id: endingOf(id) ?? ASK_EXPERT });
      return this.screen;
    }
    const waiting = [...wanted];
    for (let missing = this.#missing(id, waiting); missing; missing = this.#missing(id, waiting)) {
      waiting.push(id);
      id = missing;
    }
    this.path.push({ kind: "step", id, wanted: waiting });
    return this.screen;
  }

  /** The first step that id requires and that was neither shown nor waits itself: a circle ends here. */
  #missing(id, waiting) {
    const shown = new Set(this.path.filter((screen) => screen.kind === "step").map((screen) => screen.id));
    return this.steps.get(id).requires?.find((other) => this.steps.has(other) && !shown.has(other) && other !== id && !waiting.includes(other));
  }
}
