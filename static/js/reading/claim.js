/**
 * This tab's claim on the case: a heartbeat that tells the server who is reading, and says here
 * when the case is open elsewhere, was given back, or was taken away.
 */

import { csrfToken } from "../csrf.js";

const EVERY_MS = 30_000;
/** The page that this one came from may let go of the case only after this one asked for it. */
const LEAVING_MS = 700;
/** A beat is nobody's doing: it does not keep somebody signed in who went away. */
const BY_ITSELF = { "X-Background": "1" };
const HELD = new Set(["here", "resumed"]);

export class Claim {
  #box;
  #words;
  #tab = crypto.randomUUID();
  #timer = 0;
  #isFirst = true;

  constructor(box = document.querySelector("[data-claim]")) {
    this.#box = box;
    this.#words = JSON.parse(document.getElementById("claim-words").textContent);
    box.querySelector("[data-claim-take]").addEventListener("click", () => this.ask({ take: "1" }));
    addEventListener("pagehide", () => navigator.sendBeacon(box.dataset.claim, this.#form({ leave: "1" })));
    addEventListener("pageshow", ({ persisted }) => persisted && this.ask());
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
    void this.ask();
  }

  #form(extra) {
    const form = new FormData();
    const values = { csrfmiddlewaretoken: csrfToken(), tab: this.#tab };
    for (const [name, value] of Object.entries({ ...values, ...extra })) form.append(name, value);
    return form;
  }

  /** Ask for the claim now; resolves to whether this tab holds it. */
  async ask(extra = {}) {
    clearTimeout(this.#timer);
    let response;
    try {
      response = await fetch(this.#box.dataset.claim, { method: "POST", body: this.#form(extra), headers: BY_ITSELF, redirect: "manual" });
    } catch {
      response = null; // no network: the draft says so
    }
    const state = response?.ok ? await response.json() : response?.status === 404 ? { state: "gone" } : null;
    if (state?.state === "elsewhere" && this.#isFirst) {
      this.#isFirst = false;
      await new Promise((done) => setTimeout(done, LEAVING_MS));
      return this.ask(extra);
    }
    this.#isFirst = false;
    if (state) this.#show(state);
    if (!state || !["gone", "signed"].includes(state.state)) this.#timer = setTimeout(() => this.ask(), EVERY_MS);
    return HELD.has(state?.state);
  }

  #show({ state, seen_at: time, clock }) {
    const left = document.querySelector("[data-clock]");
    if (clock && left) left.innerHTML = clock;
    const words = this.#words[state];
    if (state === "here" && this.#box.dataset.state === "resumed") return; // let it be read
    this.#box.dataset.state = state;
    this.#box.hidden = !words;
    this.#box.querySelector("[data-claim-words]").textContent = words?.replace("{time}", time) ?? "";
    this.#box.querySelector("[data-claim-take]").hidden = state !== "elsewhere";
    this.#box.querySelector("[data-claim-leave]").hidden = !["gone", "signed"].includes(state);
  }
}
