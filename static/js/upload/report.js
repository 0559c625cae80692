// A report that lies on the disc: one button attaches it as the first report.
import { element } from "./element.js";

const MOST = 3;
const LARGEST = 10 * 2 ** 20; // as the portal takes it

export class ReportOffer {
  /**
   * @param {HTMLElement} section
   * @param {object} texts of messages.js
   * @param {(file: Blob) => Promise<void>} attach hands a file to the portal
   * @param {(source: object) => Promise<Uint8Array>} read gives a file's bytes
   */
  constructor(section, texts, attach, read) {
    Object.assign(this, { section, texts, attach, read });
    this.list = section.querySelector("[data-list]");
    this.answer = section.querySelector("[data-answer]");
  }

  /** @param {Array<{path: string}>} sources the reports that were found */
  show(sources) {
    this.section.hidden = false;
    this.answer.hidden = true;
    this.list.replaceChildren(...sources.slice(0, MOST).map((source) => this.#line(source)));
  }

  #line(source) {
    const name = source.path.split("/").pop();
    const button = element("button", { type: "button", className: "btn btn-quiet btn-sm" }, this.texts.say("attach-report"));
    button.setAttribute("aria-label", `${this.texts.say("attach-report")}: ${name}`);
    button.addEventListener("click", () => this.#attach(source, name));
    return element("li", {}, element("span", {}, name), button);
  }

  async #attach(source, name) {
    try {
      const bytes = await this.read(source);
      if (bytes.length > LARGEST) return this.#say("report-unfit", { name });
      await this.attach(new Blob([bytes])); // its name stays here
    } catch (error) {
      return this.#say(this.texts.knows(error.code) ? error.code : "report-stopped", { name });
    }
    this.list.replaceChildren();
    return this.#say("report-attached", { name }, true);
  }

  #say(text, values, isDone = false) {
    this.answer.querySelector("[data-text]").textContent = this.texts.say(text, values);
    this.answer.classList.toggle("note-ok", isDone);
    this.answer.classList.toggle("note-warn", !isDone);
    this.answer.hidden = false;
    this.answer.focus();
  }
}
