// The page's part "What we found": the examinations on the disc, whose they are, and what to know about them.
import { isKnown, notesOn, notesOnStudy } from "./advice.js";
import { personName } from "./charsets.js";
import { element, markField } from "./element.js";
import { newPart, olderOf, together } from "./studies.js";

const MOST_THUMBNAILS = 12;

export class FoundView {
  /** `draw` makes a small picture of an image, or null; `prepare` is told the study that will probably be sent. */
  constructor(section, texts, accountName, draw, prepare) {
    Object.assign(this, { section, texts, accountName, draw, prepare });
    this.pictures = section.querySelector("[data-pictures]");
    this.notes = section.querySelector("[data-notes]");
    this.choices = section.querySelector("[data-studies]");
    this.studyField = section.querySelector("#upload-studies");
    this.single = section.querySelector("[data-single]");
    this.priorField = section.querySelector("#upload-prior");
    this.priorChoices = section.querySelector("[data-priors]");
    this.identityField = section.querySelector("#upload-identity");
    this.mine = section.querySelector("#upload-mine");
    this.older = [];
    this.choices.addEventListener("change", () => {
      this.mine.checked = false; // it was said of another name
      markField(this.studyField);
      this.#choose(this.studies[this.#checkedIndex()]);
    });
    this.mine.addEventListener("change", () => markField(this.identityField));
  }

  /** @param {object} finds of survey.js @param {object} groups of studies.js */
  show(finds, groups) {
    this.studies = groups.studies.filter((study) => study.isMr);
    const people = new Set(this.studies.map((study) => study.person)).size;
    this.general = notesOn(finds, { ...groups, people });
    this.mine.checked = false;
    markField(this.studyField);
    markField(this.identityField);
    const isSingle = this.studies.length === 1;
    this.studyField.hidden = isSingle;
    this.single.hidden = !isSingle;
    this.choices.replaceChildren();
    if (isSingle) {
      this.#fillSingle(this.studies[0]);
      return this.#choose(this.studies[0]);
    }
    const preselected = people === 1 && this.studies[0].isLowerBack ? 0 : -1;
    this.#fillChoices(preselected);
    return this.#choose(this.studies[preselected]);
  }

  /** What is new of the chosen studies once the patient has confirmed them; else null, with the errors shown. */
  confirmed() {
    const nothingNew = this.chosen && [this.chosen, this.prior].filter(Boolean).every(isKnown);
    const wrong = !this.chosen ? "choose-study" : nothingNew ? "same-pictures" : null;
    markField(this.studyField, wrong && this.texts.say(wrong));
    markField(this.identityField, this.mine.checked ? null : this.texts.say("confirm-identity"));
    if (wrong) this.choices.querySelector("input").focus();
    else if (!this.mine.checked) this.mine.focus();
    if (wrong || !this.mine.checked) return null;
    return together(newPart(this.chosen), this.prior && newPart(this.prior));
  }

  /** The older examination that the patient adds for comparison, or undefined. */
  get prior() {
    return this.older[Number(this.priorChoices.querySelector("input:checked")?.value ?? -1)];
  }

  /** What is sent, in words: the study, and the older one with it. */
  summary() {
    const { chosen, prior } = this;
    if (!prior) return this.line(chosen);
    return this.texts.say("line-with-prior", { study: this.line(chosen), prior: this.line(prior) });
  }

  /** "MRI of the lower back, 12 March 2026, 7 sets, 200 pictures" */
  line(study) {
    const { say, count, date } = this.texts;
    return say("study-line", {
      what: say(study.isLowerBack ? "mri-lower-back" : "mri"),
      date: date(study.studyDate),
      sets: count("sets", study.series.length),
      pictures: count("pictures", study.pictures),
    });
  }

  #choose(study) {
    this.chosen = study ?? null;
    this.#offerOlder();
    const notes = [...(study ? notesOnStudy(study, this.accountName) : []), ...this.general];
    this.notes.replaceChildren(...notes.map(([name, values]) => this.#note(name, values)));
    this.#showPictures(this.chosen);
    if (study) this.prepare(newPart(study));
  }

  /** Offer the older examinations of the same person; none of them unless the patient says so. */
  #offerOlder() {
    this.older = olderOf(this.chosen, this.studies);
    this.priorField.hidden = this.older.length === 0;
    const rows = this.older.map((study, i) => choice("prior", i, false, ...this.#lines(study)));
    const none = choice("prior", -1, true, this.texts.say("no-prior"));
    this.priorChoices.replaceChildren(...(rows.length > 0 ? [none, ...rows] : []));
  }

  /** The middle picture of each set; its name alone where that is not cheap to draw, or not among the first. */
  #showPictures(study) {
    const sets = study?.series ?? [];
    this.pictures.hidden = sets.length === 0;
    this.pictures.replaceChildren(
      ...sets.map(({ text, images }, i) => {
        const pictures = images.reduce((sum, { report }) => sum + report.frames, 0);
        const lines = [text.slice(0, 40), this.texts.count("pictures", pictures)].filter(Boolean);
        const drawn = i < MOST_THUMBNAILS ? [this.#picture(images[Math.floor(images.length / 2)])] : [];
        return element("li", {}, ...drawn, ...lines.map((line) => element("div", {}, line)));
      }),
    );
  }

  #picture(image) {
    const canvas = element("canvas", { width: 112, height: 112, ariaHidden: "true" });
    this.#fill(canvas, image);
    return canvas;
  }

  async #fill(canvas, image) {
    const small = await this.draw(image).catch(() => null);
    if (!small) return;
    const left = Math.floor((canvas.width - small.width) / 2);
    const top = Math.floor((canvas.height - small.height) / 2);
    canvas.getContext("2d").putImageData(new ImageData(small.data, small.width, small.height), left, top);
  }

  #note(name, values) {
    const isQuiet = ["note-left-out", "note-duplicates", "note-report", "note-other-studies"].includes(name);
    const className = isQuiet ? "hint" : `note my-3 ${name === "note-known" ? "" : "note-warn"}`;
    return element("p", { className }, this.texts.say(name, values));
  }

  #who(study) {
    const { say, date } = this.texts;
    const name = personName(study.patientName) || say("name-unknown");
    const { birthDate } = study;
    return birthDate ? `${name}, ${say("born", { date: date(birthDate, birthDate) })}` : name;
  }

  #description(study) {
    return study.studyText ? this.texts.say("described-as", { text: study.studyText.slice(0, 80) }) : "";
  }

  #fillSingle(study) {
    this.single.querySelector("[data-line]").textContent = this.line(study);
    const who = element("p", {}, this.texts.say("of-person", { name: this.#who(study) }));
    const text = element("p", { className: "hint mb-0" }, this.#description(study));
    this.single.querySelector("[data-facts]").replaceChildren(who, text);
  }

  #fillChoices(preselected) {
    const rows = this.studies.map((study, i) => {
      const who = this.texts.say("of-person", { name: this.#who(study) });
      return choice("study", i, i === preselected, ...this.#lines(study, who));
    });
    this.choices.replaceChildren(...rows);
  }

  #lines(study, ...more) {
    const texts = [...more, this.#description(study)].filter(Boolean);
    return [element("strong", {}, this.line(study)), ...texts.flatMap((text) => [element("br"), text])];
  }

  #checkedIndex() {
    return Number(this.choices.querySelector("input:checked").value);
  }
}

function choice(name, value, checked, ...words) {
  const input = element("input", { type: "radio", name, value: String(value), className: "form-check-input", checked });
  return element("label", { className: "choice" }, input, element("span", {}, ...words));
}
