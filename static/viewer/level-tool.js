/**
 * Number the levels: click vertebra after vertebra (or disc after disc) on a sagittal image.
 *
 * A bar says what the next click names and lets the reader change it. Backspace or Ctrl+Z takes one
 * step back, Escape or the button ends it; what was set is kept with the draft of the report.
 */

import { canvasPoint, viewportUnder } from "./level-marks.js";
import { change, discs, labels, planeOf, vertebrae } from "./levels.js";
import { ask } from "./link.js";
import { imageOn } from "./on-canvas.js";
import { text } from "./words.js";

let bar = null;

/** Open the bar, or close it and have the labels stored. */
export function numberLevels(services) {
  if (bar) return bar.end();
  bar = new LevelBar(services);
  return undefined;
}

class LevelBar {
  constructor(services) {
    this.services = services;
    this.kind = "vertebra";
    this.upwards = true;
    this.history = [];
    this.next = this.sequence()[0];
    this.element = document.createElement("div");
    this.element.id = "level-bar";
    this.element.setAttribute("role", "toolbar");
    this.element.setAttribute("aria-label", text.numberLevels);
    Object.assign(this.element.style, {
      position: "fixed",
      insetBlockStart: "56px",
      insetInline: "0",
      marginInline: "auto",
      width: "fit-content",
      maxWidth: "calc(100vw - 1rem)",
      zIndex: "50",
      display: "flex",
      flexWrap: "wrap",
      gap: "4px",
      padding: "6px",
      border: "1px solid #4c5862",
      borderRadius: "8px",
      background: "#161b1f",
      color: "#dfe4e8",
      font: "13px/1.4 system-ui, sans-serif",
    });
    document.body.append(this.element);
    this.listening = new AbortController();
    const options = { capture: true, signal: this.listening.signal };
    for (const type of ["pointerdown", "mousedown"]) {
      window.addEventListener(type, (event) => this.onPress(event), options);
    }
    window.addEventListener("keydown", (event) => this.onKey(event), options);
    this.show();
  }

  /** The names in the order in which they are clicked. */
  sequence() {
    const names = this.kind === "vertebra" ? vertebrae() : discs();
    return this.upwards ? [...names].reverse() : names;
  }

  onPress(event) {
    const viewport = event.button === 0 && viewportUnder(this.services, event);
    if (!viewport) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    if (event.type !== "pointerdown") return;
    const imageId = imageOn(viewport); // what the reader sees, not what was asked for since
    if (!imageId) return this.say(text.stillLoading);
    const plane = planeOf(imageId);
    if (plane?.view !== "sagittal" || !plane.frame) return this.say(text.onSagittal);
    this.put(plane.frame, [...viewport.canvasToWorld(canvasPoint(viewport, event))]);
  }

  put(frame, at) {
    const before = labels();
    this.history.push({ labels: before, next: this.next });
    const others = before.frame === frame ? before.points.filter(({ name }) => name !== this.next) : [];
    change({ frame, points: [...others, { name: this.next, at: at.map((value) => Math.round(value * 10) / 10) }] });
    const names = this.sequence();
    this.next = names[names.indexOf(this.next) + 1] ?? this.next;
    this.show();
  }

  back() {
    const step = this.history.pop();
    if (!step) return;
    this.next = step.next;
    change(step.labels);
    this.show();
  }

  onKey(event) {
    const isUndo = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey));
    if (event.key !== "Escape" && !isUndo) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    if (isUndo) this.back();
    else void this.end();
  }

  async end() {
    this.listening.abort();
    this.element.remove();
    bar = null;
    if (!this.history.length) return;
    const stored = await ask("viewer:keep");
    this.services.uiNotificationService.show({
      title: text.numberLevels,
      message: stored ? text.saved : text.notSaved,
      type: stored ? "success" : "error",
    });
  }

  say(message) {
    this.element.querySelector("[role=status]").textContent = message;
  }

  choose(changes) {
    Object.assign(this, changes);
    const names = this.sequence();
    if (!names.includes(this.next)) [this.next] = names;
    this.show();
  }

  show() {
    const button = (label, run, pressed) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = label;
      if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
      Object.assign(made.style, {
        minWidth: "28px",
        minHeight: "28px",
        padding: "2px 8px",
        border: "1px solid #69757c",
        borderRadius: "5px",
        background: pressed ? "#7fd4c8" : "transparent",
        color: pressed ? "#0b0d0f" : "inherit",
      });
      made.addEventListener("click", run);
      return made;
    };
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    status.textContent = text.clickOn.replace("{name}", this.next);
    Object.assign(status.style, { alignSelf: "center", paddingInline: "6px", minWidth: "11em" });
    const names = this.kind === "vertebra" ? vertebrae() : discs();
    this.element.replaceChildren(
      status,
      ...names.map((name) => button(name, () => this.choose({ next: name }), name === this.next)),
      button(text.vertebrae, () => this.choose({ kind: "vertebra" }), this.kind === "vertebra"),
      button(text.discs, () => this.choose({ kind: "disc" }), this.kind === "disc"),
      button(text.upwards, () => this.choose({ upwards: !this.upwards, next: "" }), this.upwards),
      button(text.oneBack, () => this.back()),
      button(text.done, () => void this.end()),
    );
  }
}
