// <fixfirst-guide>: a guide as a shopper follows it, one clear step at a time, with the refund one click away on every screen.
import { element, sanitised } from "./dom.js";
import { ASK_EXPERT, endingOf, FIXED, resultOfYes, STOP, Walk } from "./walk.js";
import { directionOf, languageOf, wordsOf } from "./words.js";

const ANCHOR = "guide-"; // what the compiler writes before each id of a guide, so that none is one of the page

/**
 * The element. Give it a guide as the API gives it: `document.querySelector("fixfirst-guide").guide = guide`.
 *
 * Attributes: `refund-url`, where the refund is; `reason`, the shopper's return reason, and `entry`, a step id, which both say
 * where to begin.
 *
 * Events, all of which bubble:
 * - `fixfirst-start`: the shopper begins.
 * - `fixfirst-step` {step, result: FIXED|NOT_FIXED|SKIPPED, elapsed}: a step was left forwards; elapsed in seconds.
 * - `fixfirst-ending` {ending}: fixed, ask-an-expert, return-it or stop is shown.
 * - `fixfirst-answer` {solved: YES|NO}: the answer to "Did this solve your problem?".
 * - `fixfirst-refund`: the refund link was followed; preventDefault keeps the shopper on the page.
 */
export class FixfirstGuide extends HTMLElement {
  static observedAttributes = ["refund-url"];

  /** @type {import("./walk.js").Guide | undefined} */
  #guide;
  #walk;
  #words;
  #shownAt = 0;
  #large = false;
  #answered = false;
  #screen = element("div", { class: "guide-screen" });
  #status = element("p", { class: "guide-status", role: "status", "aria-live": "polite" });

  get guide() {
    return this.#guide;
  }

  set guide(guide) {
    this.#guide = guide;
    this.#walk = new Walk(guide);
    this.#answered = false;
    const language = languageOf(guide.locale);
    this.#words = wordsOf(language);
    this.lang = language;
    this.dir = "ltr";
    this.replaceChildren(this.#screen, this.#refund(), this.#tools(), this.#status);
    this.#status.textContent = "";
    this.#show(false);
  }

  attributeChangedCallback() {
    this.querySelector(".guide-refund a")?.setAttribute("href", this.#refundUrl);
  }

  /** Tells the shopper something without taking the focus. What the screen shows anyway is only for those who listen. */
  announce(text, shown = true) {
    this.#status.classList.toggle("unseen", !shown);
    this.#status.textContent = text;
  }

  /** Says that something could not be saved, in the guide's language; the shopper can go on. */
  announceUnsaved() {
    this.announce(this.#words.unsaved);
  }

  get #refundUrl() {
    const url = this.getAttribute("refund-url") ?? "";
    return /^https?:\/\//i.test(url) ? url : "#refund";
  }

  #tell(name, detail = {}, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`fixfirst-${name}`, { bubbles: true, composed: true, cancelable, detail }));
  }

  /** Shows the walk's screen and moves the focus to its heading, so that the keyboard and a screen reader are there too. */
  #show(focus = true) {
    const screen = this.#walk.screen;
    const draw = { start: () => this.#start(), step: () => this.#step(screen), ending: () => this.#ending(screen.id) };
    this.#screen.replaceChildren(...draw[screen.kind]().filter(Boolean));
    this.#shownAt = performance.now();
    if (focus) {
      const heading = this.#screen.querySelector("h2");
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      this.#screen.scrollIntoView({ block: "nearest" });
      this.announce(screen.kind === "step" ? this.#words.step(this.#walk.count) : "", false);
    }
    if (screen.kind === "ending") {
      this.#tell("ending", { ending: screen.id });
    }
  }

  #start() {
    const { title, minutes, difficulty, tools = [], steps = [], intro } = this.#guide;
    const facts = [steps.length > 0 && this.#words.steps(steps.length), minutes > 0 && this.#words.minutes(minutes), this.#words[difficulty]].filter(Boolean);
    return [
      this.#own("h2", {}, title),
      element("p", { class: "guide-facts" }, facts.join(" · ")),
      tools.length > 0 && element("p", { class: "guide-facts" }, this.#words.tools(tools.join(", "))),
      intro && this.#own("div", { class: "guide-text" }, sanitised(intro)),
      ...this.#entries(),
    ];
  }

  /** Where to begin: by what is happening, where the guide asks for that and the reason does not say it. */
  #entries() {
    const entries = this.#guide.entries ?? [];
    const reason = this.getAttribute("reason") ?? "";
    const entry = this.getAttribute("entry") || entries.find((e) => e.reason && e.reason === reason)?.step;
    const symptoms = entries.filter((e) => e.symptom);
    const begin = (step) => () => {
      this.#walk.begin(step);
      this.#tell("start");
      this.#show();
    };
    if (entry || symptoms.length === 0) {
      return [element("div", { class: "guide-actions" }, element("button", { type: "button", click: begin(entry) }, this.#words.start))];
    }
    return [
      element("h3", { id: "guide-happening" }, this.#words.happening),
      element("ul", { class: "guide-symptoms", "aria-labelledby": "guide-happening" },
        symptoms.map((e) => element("li", {}, this.#own("button", { type: "button", click: begin(e.step) }, e.symptom))),
        element("li", {}, element("button", { type: "button", click: begin() }, this.#words.other))),
    ];
  }

  #step(screen) {
    const step = this.#walk.step;
    const before = screen.wanted.at(-1);
    const holder = this.#own("div", { class: "guide-text", click: (event) => this.#follow(event, step) }, sanitised(step.html ?? ""));
    if (step.stop) { // its callout is shown above all else, and once
      holder.querySelectorAll(".callout-caution").forEach((callout) => callout.remove());
    }
    return [
      element("p", { class: "guide-progress" }, this.#words.step(this.#walk.count)),
      this.#own("h2", { id: "shown-step" }, step.title),
      before && element("p", { class: "guide-first" }, this.#words.first(this.#walk.steps.get(before).title)),
      step.stop && this.#stop(step),
      holder,
      ...this.#question(step, holder),
    ];
  }

  /** A link to another step or to an ending leads there. Endings are answers; so are steps, where Yes and No stayed in the text. */
  #follow(event, step) {
    const id = targetOf(event.target.closest("a"));
    const ending = endingOf(id);
    const linked = [...event.currentTarget.querySelectorAll("a")].map(targetOf);
    const answers = [step.next?.yes, step.next?.no];
    if (this.#walk.has(id) && answers.includes(id) && answers.every((way) => linked.includes(way))) {
      event.preventDefault();
      this.#leave(step, "NOT_FIXED", () => this.#walk.answer(id === answers[0]));
    } else if (this.#walk.has(id)) {
      event.preventDefault();
      this.#walk.to(id);
      this.#show();
    } else if (ending) {
      event.preventDefault();
      this.#leave(step, ending === FIXED ? "FIXED" : "NOT_FIXED", () => this.#walk.to(ending));
    }
  }

  #stop(step) {
    return element("section", { class: "guide-stop", "aria-labelledby": "guide-stop" },
      element("h3", { id: "guide-stop" }, this.#words.stopTitle),
      this.#own("p", {}, step.stop),
      element("button", { type: "button", click: () => this.#leave(step, "SKIPPED", () => this.#walk.to(STOP)) }, this.#words.stopNow));
  }

  #question(step, holder) {
    const goOn = (result, yes = false) => () => this.#leave(step, result, () => this.#walk.answer(yes));
    const asks = !step.next?.next;
    // The API does not give a step's question by itself: "did it work" is taken out of the text, any other stays in it. So the page
    // asks where the text does not end with a question, and only where Yes says that it worked: over the answers to something else,
    // "Did it work?" would lead shoppers astray.
    const worked = asks && resultOfYes(step) === "FIXED" && !endsWithQuestion(holder, step);
    return [
      worked && element("h3", { id: "guide-worked" }, this.#words.worked),
      element("div", { class: "guide-actions", role: "group", "aria-labelledby": asks && (worked ? "guide-worked" : "shown-step") },
        asks && element("button", { type: "button", click: goOn(resultOfYes(step), true) }, this.#words.yes),
        // A step that asks nothing was done, and the trouble is not known to be gone.
        element("button", { type: "button", click: goOn("NOT_FIXED") }, asks ? this.#words.no : this.#words.go)),
      element("div", { class: "guide-turns" }, element("button", { type: "button", class: "quiet", click: goOn("SKIPPED") }, this.#words.skip), this.#back()),
    ];
  }

  #leave(step, result, move) {
    const elapsed = (performance.now() - this.#shownAt) / 1000;
    move();
    this.#tell("step", { step: step.step, result, elapsed });
    this.#show();
  }

  #ending(ending) {
    const said = this.#guide.endings?.find((e) => e.ending === ending);
    return [
      said?.title ? this.#own("h2", {}, said.title) : element("h2", {}, this.#words[ending]),
      said?.html ? this.#own("div", { class: "guide-text" }, sanitised(said.html)) : element("p", {}, this.#words[`${ending}Text`]),
      ...(ending === STOP || this.#answered ? [] : this.#solved(ending)),
      element("div", { class: "guide-turns" }, this.#back(),
        element("button", { type: "button", class: "quiet", click: () => { this.#walk.restart(); this.#show(); } }, this.#words.again)),
    ];
  }

  #solved(ending) {
    const answer = (solved) => (event) => {
      this.#answered = true;
      this.#tell("answer", { solved });
      if (solved === "NO" && ending === FIXED) {
        this.#walk.to(ASK_EXPERT);
        this.#show();
      } else {
        event.target.closest(".guide-solved").remove();
        this.#screen.querySelector("h2").focus();
      }
      this.announce(this.#words.thanks);
    };
    return [element("div", { class: "guide-solved" },
      element("h3", { id: "guide-solved" }, this.#words.solved),
      element("div", { class: "guide-actions", role: "group", "aria-labelledby": "guide-solved" },
        element("button", { type: "button", click: answer("YES") }, this.#words.yes),
        element("button", { type: "button", click: answer("NO") }, this.#words.no)))];
  }

  #back() {
    return this.#walk.canGoBack && element("button", { type: "button", class: "quiet", click: () => { this.#walk.back(); this.#show(); } }, this.#words.back);
  }

  /** Made once and never taken away: no screen is without it. */
  #refund() {
    const follow = (event) => this.#tell("refund", {}, true) || event.preventDefault();
    return element("div", { class: "guide-refund" },
      element("p", {}, this.#words.refundHint),
      element("a", { href: this.#refundUrl, rel: "noreferrer", click: follow }, this.#words.refund));
  }

  #tools() {
    const toggle = (event) => {
      this.#large = !this.#large;
      event.target.setAttribute("aria-pressed", String(this.#large));
      this.toggleAttribute("data-large", this.#large);
    };
    return element("div", { class: "guide-tools" },
      element("button", { type: "button", class: "quiet", "aria-pressed": String(this.#large), click: toggle }, this.#words.larger));
  }

  /** Makes an element whose text is the seller's: in the guide's language and direction, where these are known. */
  #own(tag, attributes, ...children) {
    const { locale } = this.#guide;
    return element(tag, { ...attributes, lang: locale || undefined, dir: locale ? directionOf(locale) : "auto" }, ...children);
  }
}

/**
 * Tells whether a step's text ends with a question, or its title where it has no text: a title above a text only names the trouble
 * ("No power?"). Where the compiler left the answers in the text, it ends before its Yes.
 */
function endsWithQuestion(holder, step) {
  const text = document.createRange();
  text.selectNodeContents(holder);
  const yes = [...holder.querySelectorAll("a")].findLast((link) => targetOf(link) === (step.next?.yes || FIXED));
  if (yes) {
    text.setEndBefore(yes);
  }
  return /[?？؟]\P{L}*$/u.test(text.toString().trim() || step.title);
}

/** The step or the ending that a link in the guide's text names; "" for other links. */
function targetOf(link) {
  const name = link?.getAttribute("href")?.startsWith(`#${ANCHOR}`) ? decodeURIComponent(link.hash.slice(1 + ANCHOR.length)) : "";
  return endingOf(name) ?? name;
}

customElements.define("fixfirst-guide", FixfirstGuide);
