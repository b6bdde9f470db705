// Calls of the report. The key travels in a header only, and an error comes back as words that a reader can act on.

const PATH = "/v1/reports/deflection";
const PATIENCE = 30_000; // milliseconds

/** An error to show. field is the parameter that it is about, if any; badKey is whether the key was not accepted. */
export class Problem extends Error {
  constructor(message, { field = "", badKey = false } = {}) {
    super(message);
    this.field = field;
    this.badKey = badKey;
  }
}

/** Gets the report of a query with a row for each of groupBy. */
export async function report(key, query, groupBy, signal) {
  const response = await get(key, query, groupBy, "application/json", signal);
  return response.json();
}

/** Gets the same as a Blob of CSV. */
export async function csv(key, query, groupBy, signal) {
  const response = await get(key, query, groupBy, "text/csv", signal);
  return response.blob();
}

async function get(key, query, groupBy, accept, signal) {
  if (!/^[\x21-\x7e]+$/.test(key)) { // a header could not carry it
    throw new Problem("An API key has no spaces and no special letters. Paste it again.", { field: "key", badKey: true });
  }
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  groupBy.forEach((by) => parameters.append("groupBy", by));
  let response;
  try {
    response = await fetch(`${PATH}?${parameters}`, {
      headers: { Authorization: `Bearer ${key}`, Accept: accept }, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    });
  } catch (error) {
    if (signal.aborted) {
      throw error;
    }
    throw new Problem(error.name === "TimeoutError" ? "The server did not answer in time. Try a shorter period." : "The server cannot be reached. Check the connection and try again.");
  }
  if (!response.ok) {
    throw await refusal(response);
  }
  return response;
}

async function refusal(response) {
  const status = await response.json().catch(() => ({}));
  const field = status.details?.flatMap((detail) => detail.fieldViolations ?? [])[0]?.field ?? "";
  const said = status.message ?? `The server answered ${response.status}.`;
  switch (response.status) {
    case 401:
      return new Problem("The server does not accept this key. Check that it is whole, not revoked and not expired.", { field: "key", badKey: true });
    case 403:
      return new Problem("This key may not read reports. Use a key with the role ANALYST, SELLER or ADMIN.", { field: "key" });
    case 404:
      return new Problem("There is no such seller, or the key may not see it.", { field: "seller" });
    case 429:
      return new Problem(`Too many requests. Try again in ${response.headers.get("Retry-After") ?? "a few"} seconds.`);
    default:
      return new Problem(said, { field });
  }
}
