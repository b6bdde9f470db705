// Plays the analyst: types a key, asks, saves the CSV, forgets the key. What it saw goes to the body's data-seen.
const at = (id) => document.getElementById(id);
const seen = {};

async function until(holds) {
  while (!holds()) {
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

let saved;
const make = URL.createObjectURL;
URL.createObjectURL = (blob) => {
  saved = blob;
  return make.call(URL, blob);
};
const follow = HTMLAnchorElement.prototype.click;
HTMLAnchorElement.prototype.click = function () {
  if (this.download) {
    seen.file = this.download;
  } else {
    follow.call(this);
  }
};

seen.before = at("report").childElementCount;
at("key").value = "ff_live_typed";
at("seller").value = "acme/../x";
at("query").requestSubmit();
await until(() => at("state").textContent.startsWith("As of"));
seen.kept = sessionStorage.length;
seen.hash = location.hash;
seen.cards = document.querySelectorAll(".card").length;

at("download").click();
await until(() => at("state").textContent.includes("saved"));
seen.csv = await saved.text();

document.querySelector(".skip").click();
seen.skipped = document.activeElement.id;
seen.hashAfterSkip = location.hash;

at("seller").value = "refused";
at("query").requestSubmit();
await until(() => at("problem").textContent !== "");
seen.problem = at("problem").textContent;
seen.stale = at("report").childElementCount;

at("startDate").value = "2026-10-02";
at("seller").value = "wrong";
at("query").requestSubmit();
await until(() => at("startDate").getAttribute("aria-invalid") === "true");
seen.focus = document.activeElement.id;
seen.wrong = at("problem").textContent;

at("forget").click();
seen.forgotten = sessionStorage.length === 0 && at("key").value === "" && document.activeElement === at("key");
seen.local = localStorage.length;
document.body.dataset.seen = JSON.stringify(seen);
