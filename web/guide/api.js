// Calls that a guide needs. The key travels in a header only, and an error comes back as words that a reader can act on.

const PATIENCE = 15_000; // milliseconds
const TRIES = 3; // of what must not be lost

/** An error to show. field is the input that it is about, if any. */
export class Problem extends Error {
  constructor(message, field = "") {
    super(message);
    this.field = field;
  }
}

const segment = encodeURIComponent;

/** The guide as this key may see it. */
export function getGuide(key, seller, guide, revision) {
  return call(key, "GET", `/v1/sellers/${segment(seller)}/guides/${segment(guide)}${revision ? `?revision=${segment(revision)}` : ""}`);
}

export function getIntercept(key, intercept) {
  return call(key, "GET", `/v1/intercepts/${segment(intercept)}`);
}

/** The guide that `fixfirst guide preview --page` serves. */
export async function getPreview() {
  return read(await ask("/guide/preview.json", {}));
}

/** Records that the shopper wants the refund. */
export function chooseRefund(key, intercept) {
  return call(key, "POST", `/v1/intercepts/${segment(intercept)}:choose`, { choice: "REFUND" });
}

/**
 * A GUIDE session of an intercept. It starts with its first call, and calls are made one after the other, each tried again
 * where the connection fails: the server sees the shopper's way in its order.
 */
export class Session {
  #key;
  #intercept;
  #locale;
  #name;
  #waiting = [];
  #busy = false;
  #request = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  constructor(key, intercept, locale) {
    this.#key = key;
    this.#intercept = intercept;
    this.#locale = locale;
  }

  start() {
    return this.#then(async () => {});
  }

  /** @param {{guide: string, revision: number, step: string, result: string, elapsed: number}} record elapsed in seconds */
  recordStep(record) {
    const elapsed = `${Math.min(record.elapsed, 86_400).toFixed(3)}s`;
    return this.#then((name) => again(() => call(this.#key, "POST", `/v1/${name}:recordStep`, { ...record, elapsed })));
  }

  answer(solved) {
    return this.#then((name) => again(() => call(this.#key, "POST", `/v1/${name}:answer`, { solved })));
  }

  /** Ends the session, if there is one. The page may be about to close: whatever still waits for its turn is sent now. */
  async leave() {
    if (this.#name) {
      this.#waiting.splice(0).forEach(({ act, resolve, reject }) => act(this.#name).then(resolve, reject));
      await call(this.#key, "POST", `/v1/${this.#name}:leave`, {});
    }
  }

  /** Does something with the session's name after all that was asked for before, whether or not that failed. */
  #then(act) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ act, resolve, reject });
      this.#work();
    });
  }

  async #work() {
    if (this.#busy) {
      return;
    }
    this.#busy = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      try {
        this.#name ??= await this.#create();
        job.resolve(await job.act(this.#name));
      } catch (error) {
        job.reject(error);
      }
    }
    this.#busy = false;
  }

  async #create() {
    const body = { channel: "GUIDE", locale: this.#locale, requestId: this.#request };
    const session = await again(() => call(this.#key, "POST", `/v1/intercepts/${segment(this.#intercept)}/sessions`, body));
    return session.name;
  }
}

/** Tries again what failed on its way. What the server refused stays refused. */
async function again(attempt) {
  for (let left = TRIES; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Refusal || left <= 1) {
        throw error;
      }
      await new Promise((resume) => setTimeout(resume, 500 * (TRIES - left + 1)));
    }
  }
}

class Refusal extends Problem {}

/** Calls the API. What is written, the browser goes on sending though the page is left. */
async function call(key, method, path, body) {
  if (!/^[\x21-\x7e]+$/.test(key)) { // a header could not carry it
    throw new Refusal("A key has no spaces and no special letters. Paste it again.", "key");
  }
  const headers = { Authorization: `Bearer ${key}`, Accept: "application/json" };
  if (body) {
    headers["Content-Type"] = "application/json";
  }
  return read(await ask(path, { method, headers, keepalive: body !== undefined, body: body && JSON.stringify(body) }));
}

async function ask(path, options) {
  try {
    return await fetch(path, { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(PATIENCE), ...options });
  } catch (error) {
    throw new Problem(error.name === "TimeoutError" ? "The server did not answer in time. Try again." : "The server cannot be reached. Check the connection and try again.");
  }
}

async function read(response) {
  const said = await response.json().catch(() => ({}));
  if (response.ok) {
    return said;
  }
  switch (response.status) {
    case 401:
      throw new Refusal("The server does not accept this key. Check that it is whole, not revoked and not expired.", "key");
    case 403:
      throw new Refusal("This key may not read guides. Use a key with the role SELLER, or a shopper's token.", "key");
    case 404:
      throw new Refusal("There is no such guide, or the key may not see it.", "guide");
    case 429:
      throw new Problem(`Too many requests. Try again in ${response.headers.get("Retry-After") ?? "a few"} seconds.`);
    default:
      throw response.status >= 500 ? new Problem(said.message ?? "The server failed. Try again.") : new Refusal(said.message ?? `The server answered ${response.status}.`);
  }
}
