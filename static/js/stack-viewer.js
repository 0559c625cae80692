/**
 * A viewer of preview pictures: for patients, for phones, and where the diagnostic viewer is absent.
 *
 * Every element with `data-stack-viewer` (templates/components/stack_viewer.html) is brought to life;
 * `viewerOf(element)` gives its viewer. It tells by events on the element:
 * - `stackviewer:change`, detail {series, label, sop, frame, index, count}
 * - `stackviewer:key-image`, once the picture is on view, the same detail with {windowCentre, windowWidth} in preview levels
 * - `stackviewer:failed` when the list of pictures cannot be had
 */

import { StackCanvas } from "./viewer/stack-canvas.js";
import { listen } from "./viewer/stack-gestures.js";
import { StackLoader } from "./viewer/stack-loader.js";

const viewers = new WeakMap();

/** The viewer of an element, or undefined before its pictures are known. */
export const viewerOf = (element) => viewers.get(element);

/** The picture that stands for a series. */
const coverOf = (series) => (series.marked ? 0 : Math.floor(series.previews.length / 2));

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

export class StackViewer {
  #element;
  #part;
  #series = [];
  #loader = null;
  #current = { series: 0, index: 0 };
  #isMarked = false;

  constructor(element) {
    this.#element = element;
    this.#part = (name) => element.querySelector(`[data-part="${name}"]`);
    this.picture = new StackCanvas(this.#part("picture"));
    listen(this.#part("picture"), this);
    this.#part("slider").addEventListener("input", (event) => this.goTo(Number(event.target.value)));
    for (const button of element.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.#do(button.dataset.do));
    }
  }

  /** Fetch the list of series and open the first that is no localizer: in its middle, marked ones at the first. */
  async open() {
    const response = await fetch(this.#element.dataset.source, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    const { series } = await response.json();
    this.#series = series.filter((one) => one.previews.length);
    this.#element.dataset.state = this.#series.length ? "ready" : "empty";
    this.#buildSeriesList();
    const first = this.#series.findIndex((one) => !one.localizer);
    if (this.#series.length) this.showSeries(Math.max(0, first));
  }

  /** What is on the screen: series ordinal, label, SOP Instance UID, 1-based frame, place in the stack. */
  get shown() {
    const series = this.#series[this.#current.series];
    const [sop, frame] = series.frames[this.#current.index];
    return {
      series: series.ordinal,
      label: series.label,
      sop,
      frame,
      index: this.#current.index,
      count: series.previews.length,
    };
  }

  showSeries(position, index = null) {
    const series = this.#series[position];
    this.#loader?.close();
    this.#loader = new StackLoader(series.previews, (at) => this.#onLoad(at));
    this.#current = { series: position, index: index ?? coverOf(series) };
    this.picture.show(null);
    this.picture.reset();
    this.#part("slider").max = series.previews.length - 1;
    this.#markSeries();
    this.goTo(this.#current.index);
  }

  /** Show the slice of an instance and frame; false when the study has none such. */
  showImage(sop, frame = 1) {
    for (const [position, series] of this.#series.entries()) {
      const index = series.frames.findIndex(([uid, number]) => uid === sop && number === frame);
      if (index >= 0) {
        if (position === this.#current.series && this.#loader) this.goTo(index);
        else this.showSeries(position, index);
        return true;
      }
    }
    return false;
  }

  step(slices) {
    this.goTo(this.#current.index + slices);
  }

  stepSeries(by) {
    const next = this.#current.series + by;
    if (next >= 0 && next < this.#series.length) this.showSeries(next);
  }

  goTo(index) {
    const series = this.#series[this.#current.series];
    if (!series) return;
    this.#current.index = Math.min(Math.max(0, index), series.previews.length - 1);
    this.#loader.lookAt(this.#current.index);
    this.#show();
    this.#tell("change", this.shown);
  }

  /** Tell of the picture as a key image, once it is on view; of one that does not come nothing is told. */
  markKeyImage() {
    if (!this.#loader) return;
    this.#isMarked = true;
    this.#show();
  }

  #tellMarked() {
    this.#isMarked = false;
    const { centre, width } = this.picture.view;
    this.#tell("key-image", { ...this.shown, windowCentre: centre, windowWidth: width });
  }

  #do(name) {
    const actions = {
      previous: () => this.step(-1),
      next: () => this.step(1),
      larger: () => this.picture.zoomBy(1.25),
      smaller: () => this.picture.zoomBy(0.8),
      brighter: () => this.picture.moveWindow(12, 0),
      darker: () => this.picture.moveWindow(-12, 0),
      invert: () => this.picture.invert(),
      reset: () => this.picture.reset(),
    };
    actions[name]?.();
  }

  #onLoad(index) {
    if (index === this.#current.index) this.#show();
  }

  /** Keep the last picture, dimmed, while the next one is on its way, so that scrolling does not flicker. */
  #show() {
    const { index } = this.#current;
    const bitmap = this.#loader.bitmap(index);
    const hasFailed = this.#loader.hasFailed(index);
    if (bitmap || hasFailed) this.picture.show(bitmap);
    this.#part("picture").setAttribute("aria-busy", String(!bitmap && !hasFailed));
    const values = { series: this.shown.label, number: index + 1, count: this.shown.count };
    const place = fill(this.#element.dataset.words, values);
    const caption = this.#series[this.#current.series].captions?.[index] ?? "";
    const spoken = caption ? `${place}. ${caption}` : place;
    this.#part("slider").value = index;
    this.#part("slider").setAttribute("aria-valuetext", spoken);
    this.#part("place").textContent = place;
    this.#part("caption").textContent = caption;
    this.#part("caption").hidden = !caption;
    this.#part("picture").setAttribute("aria-label", spoken);
    this.#part("missing").hidden = !hasFailed;
    if (hasFailed) this.#isMarked = false;
    else if (bitmap && this.#isMarked) this.#tellMarked();
  }

  #buildSeriesList() {
    const buttons = this.#series.map((series, position) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "stack-series";
      const picture = new Image();
      picture.src = series.previews[coverOf(series)];
      picture.alt = "";
      picture.loading = "lazy";
      const label = document.createElement("span");
      label.textContent = series.label;
      const count = document.createElement("span");
      count.className = "stack-count";
      count.textContent = fill(this.#element.dataset.countWords, { count: series.previews.length });
      button.append(picture, label, count);
      button.addEventListener("click", () => this.showSeries(position));
      return button;
    });
    this.#part("series").replaceChildren(...buttons);
  }

  #markSeries() {
    for (const [position, button] of [...this.#part("series").children].entries()) {
      button.setAttribute("aria-pressed", String(position === this.#current.series));
    }
  }

  #tell(name, detail) {
    this.#element.dispatchEvent(new CustomEvent(`stackviewer:${name}`, { detail, bubbles: true }));
  }
}

async function mount(element) {
  const viewer = new StackViewer(element);
  viewers.set(element, viewer);
  try {
    await viewer.open();
  } catch {
    element.dataset.state = "failed";
    element.dispatchEvent(new CustomEvent("stackviewer:failed", { bubbles: true }));
  }
}

for (const element of document.querySelectorAll("[data-stack-viewer]")) mount(element);
