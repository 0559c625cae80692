// Texts that the rows propose: they follow the table until the reader edits them.

const GENERATED = ["findings", "plain"];

export class Texts {
  #form;
  #words;
  #proposals = {};

  constructor(form, words, changed) {
    this.#form = form;
    this.#words = words;
    for (const name of GENERATED) {
      const field = form.elements[name];
      field.addEventListener("input", () => this.#setEdited(name, true));
      if (field.value !== field.defaultValue) this.#setEdited(name, true); // typed before this ran
    }
    for (const button of form.querySelectorAll("[data-regenerate]")) {
      button.addEventListener("click", () => {
        const name = button.dataset.regenerate;
        if (name === "impression") this.#fillImpression();
        else this.#write(name);
        changed();
      });
    }
  }

  /** Take what the server proposes; a text nobody edited follows. Say whether one changed. */
  take(proposals) {
    this.#proposals = proposals;
    let changed = false;
    for (const name of GENERATED) {
      const field = this.#form.elements[name];
      const isEdited = this.#form.elements[`${name}_edited`].value === "1";
      if (!isEdited && document.activeElement !== field && field.value !== proposals[name]) {
        if (field.value || !this.#isBlank()) {
          this.#write(name);
          changed = true;
        }
      }
      this.#note(name);
    }
    return changed;
  }

  #isBlank() {
    return ![...this.#form.querySelectorAll("tbody[data-level] select")].some((one) => one.value);
  }

  #write(name) {
    this.#form.elements[name].value = this.#proposals[name] ?? "";
    this.#setEdited(name, false);
  }

  #setEdited(name, isEdited) {
    this.#form.elements[`${name}_edited`].value = isEdited ? "1" : "0";
    this.#note(name);
  }

  #note(name) {
    const isEdited = this.#form.elements[`${name}_edited`].value === "1";
    const note = this.#form.querySelector(`[data-generated-note="${name}"]`);
    note.textContent = this.#form.elements[name].value ? this.#words[isEdited ? "edited" : "generated"] : "";
  }

  /** Put the proposed lines into the empty places of the impression. */
  #fillImpression() {
    const lines = [...this.#form.querySelectorAll(".impression li")];
    const there = new Set(lines.map((line) => line.querySelector("textarea").value));
    const wanted = (this.#proposals.impression ?? []).filter((one) => !there.has(one.text));
    for (const line of lines) {
      if (line.querySelector("textarea").value || !wanted.length) continue;
      const { kind, text } = wanted.shift();
      line.querySelector("select").value = kind;
      line.querySelector("textarea").value = text;
    }
  }
}
