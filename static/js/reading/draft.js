/**
 * The draft on its way to the server: saved 1 s after the last change, with the revision it
 * started from. What could not be sent stays in the browser and is tried again.
 *
 * States told to `onState`: saving, saved, offline, signed_out, closed, conflict. When the server
 * knows no such draft any more, `onGone` may get it back and resolve to whether it did.
 */

import { renewToken } from "../csrf.js";

const AFTER_LAST_KEY = 1000;
const AGAIN_AFTER = 3000;
/** Texts that follow the table follow once; more turns are a reader who types on. */
const MOST_TURNS = 3;

/** Whether a control holds something else than the page came with. */
function isChanged(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (!control.options) return control.value !== control.defaultValue;
  const options = [...control.options];
  const chosen = options.findIndex((option) => option.defaultSelected); // without one, a list begins at its first
  return control.selectedIndex !== Math.max(0, chosen);
}

export class Draft {
  #form;
  #timer = 0;
  #sending = null;
  #isDirty = false;
  #stopped = false;

  constructor(form, { onState, onSaved, onConflict, onGone }) {
    this.#form = form;
    this.onState = onState;
    this.onSaved = onSaved;
    this.onConflict = onConflict;
    this.onGone = onGone;
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    window.addEventListener("online", () => this.#isDirty && this.save());
    window.addEventListener("beforeunload", (event) => {
      if (this.#isDirty) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.#isDirty) this.save();
    });
    if ([...form.querySelectorAll("input, select, textarea")].some(isChanged)) this.changed(); // before this ran
  }

  get isDirty() {
    return this.#isDirty;
  }

  changed() {
    this.#isDirty = true;
    this.#schedule(AFTER_LAST_KEY);
  }

  #schedule(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), delay);
  }

  /** Save now; resolves to whether what the form held is stored. */
  async save() {
    clearTimeout(this.#timer);
    while (this.#sending) await this.#sending;
    if (this.#stopped) return false;
    this.#isDirty = false;
    this.#sending = this.#send();
    const stored = await this.#sending;
    this.#sending = null;
    if (!stored) this.#isDirty = true;
    return stored;
  }

  /**
   * Save until nothing is open, for somebody who leaves: the answer to a save may change texts that
   * follow the table. Resolves to whether all is stored.
   */
  async settle() {
    while (this.#sending) await this.#sending;
    for (let turn = 0; this.#isDirty && turn < MOST_TURNS; turn += 1) {
      if (!(await this.save())) return false;
    }
    return !this.#isDirty;
  }

  async #send() {
    this.onState("saving");
    renewToken(this.#form);
    let response;
    try {
      response = await fetch(this.#form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(this.#form)),
        redirect: "manual",
      });
    } catch {
      this.#schedule(AGAIN_AFTER);
      this.onState("offline");
      return false;
    }
    return this.#answered(response);
  }

  async #answered(response) {
    if (response.status === 409) {
      this.#stopped = true;
      this.onState("conflict");
      this.onConflict(await response.json());
      return false;
    }
    if (response.ok) {
      const state = await response.json();
      this.#form.elements.revision.value = state.revision;
      this.onState("saved", state.saved_at);
      this.onSaved(state);
      return true;
    }
    const gone = response.status === 404 && !(await this.onGone());
    if (!gone) this.#schedule(AGAIN_AFTER);
    this.onState(gone ? "closed" : response.status >= 500 || response.status === 404 ? "offline" : "signed_out");
    return false;
  }

  /** After a conflict: what is here replaces what is there. */
  keepMine(revision) {
    this.#stopped = false;
    this.#form.elements.revision.value = revision;
    return this.save();
  }

  /** After a conflict: forget what is here. */
  forget() {
    this.#isDirty = false;
  }
}
