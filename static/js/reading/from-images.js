/**
 * What the report takes from the images: the level labels, the level on view, and measurements.
 *
 * Labels, accepted measurements and all drawings with their geometry lie in three hidden fields and
 * are saved with the draft; viewers that begin draw them again. A measurement waits in a list until
 * the reader takes it over into the field where it fits.
 */

import { bind } from "../keys.js";
import { toggleDetails } from "./levels.js";
import { answer, listen, tell } from "./line.js";

const section = document.querySelector("[data-from-images]");
const form = section.closest("form");
const { fits } = JSON.parse(document.getElementById("page-data").textContent);
const list = section.querySelector("[data-measurements]");
const status = section.querySelector("[data-from-images-status]");
const toLevel = section.querySelector("[data-go-to-level]");
const levels = [...document.querySelectorAll("tbody[data-level]")].map((body) => body.dataset.level);
const vertebrae = [...new Set(levels.flatMap((level) => level.split("-")))];
const fieldOf = (name) => form.elements[name];
/** Of two tabs of a case both hear the viewer, and the one that holds the case acts. */
const isHeldElsewhere = () => document.querySelector("[data-claim]").dataset.state === "elsewhere";
/** uid -> what was drawn, as the viewer said it; `settled` when nothing more is to be done about it here */
const drawings = new Map(JSON.parse(fieldOf("drawings").value || "[]").map((drawn) => [drawn.uid, drawn]));
const waiting = () => [...drawings.values()].filter(({ unit, settled }) => unit && !settled);
const chosen = new Map(); // uid -> {level, field} that the reader chose instead of the proposal
let taken = JSON.parse(fieldOf("measurements").value || "[]");
let level = "";

const word = (name, values = {}) =>
  section.dataset[`word${name}`].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

function store(name, value) {
  const field = fieldOf(name);
  field.value = JSON.stringify(value);
  if (!isHeldElsewhere()) field.dispatchEvent(new Event("change", { bubbles: true }));
}

// --- Level labels

const numbering = () => JSON.parse(fieldOf("numbering").value || "{}");

function showNumbering() {
  const order = (name) => vertebrae.indexOf(name.split("-")[0]) + (name.includes("-") ? 0.5 : 0);
  const names = (numbering().points ?? []).map(({ name }) => name).sort((a, b) => order(a) - order(b));
  section.querySelector("[data-numbering]").textContent = names.length
    ? word("Set", { first: names[0], last: names.at(-1) })
    : word("Unset");
}

function tellLevels() {
  const { frame = "", points = [] } = numbering();
  tell("viewer:levels", { frame, points, names: vertebrae });
}

const tellDrawings = () => tell("viewer:drawings", { rows: [...drawings.values()] });

listen("viewer:ready", () => {
  tellLevels();
  tellDrawings();
});
const asText = ({ frame = "", points = [] }) => JSON.stringify([frame, points.map(({ name, at }) => [name, at])]);

listen("viewer:levels", ({ frame, points }) => {
  // A second tab says the same when its viewer begins: that is no change to save.
  if (asText({ frame, points }) === asText(numbering())) return;
  store("numbering", { frame, points });
  showNumbering();
});

// --- The level on view

listen("viewer:level", ({ level: now }) => {
  level = levels.includes(now) ? now : "";
  for (const body of document.querySelectorAll("tbody[data-level]")) {
    body.classList.toggle("is-at", body.dataset.level === level);
  }
  toLevel.hidden = !level;
  toLevel.textContent = level && word("At", { level });
});

function goToLevel() {
  const body = document.querySelector(`tbody[data-level="${level}"]`);
  if (!body) return false;
  body.scrollIntoView({ block: "center" });
  body.querySelector("select").focus({ preventScroll: true });
  return true;
}

toLevel.addEventListener("click", goToLevel);

// --- Measurements

function keepDrawings() {
  store("drawings", [...drawings.values()]);
  showMeasurements();
}

listen("viewer:measurement", ({ uid, type: _type, case: _case, ...measured }) => {
  const before = drawings.get(uid);
  const isMoved = JSON.stringify(before?.drawing.points) !== JSON.stringify(measured.drawing.points);
  if (isMoved) drawings.delete(uid); // the latest is the last
  drawings.set(uid, { uid, ...measured, settled: !isMoved && before.settled });
  keepDrawings();
});
listen("viewer:measurement-gone", ({ uid }) => {
  if (drawings.delete(uid)) keepDrawings();
});

function settle(uid) {
  drawings.set(uid, { ...drawings.get(uid), settled: true });
  keepDrawings();
}

listen("viewer:accept", () => isHeldElsewhere() || accept());

/** Where a measurement goes unless the reader says otherwise. */
function proposal({ uid, unit, level: near }) {
  const fitting = fits.filter((fit) => fit.unit === unit || fit.name === "comment");
  return { level: levels.includes(near) ? near : "", field: fitting[0].name, ...chosen.get(uid) };
}

function accept(measured = waiting().at(-1)) {
  if (!measured) return false;
  const { uid } = measured;
  const place = proposal(measured);
  const fit = fits.find(({ name }) => name === place.field);
  if (fit.of_level && !place.level) {
    status.textContent = word("Which");
    list.querySelector(`[data-uid="${CSS.escape(uid)}"] select`).focus();
    return true;
  }
  if (!write(fit, place.level, measured)) {
    status.textContent = word("Range");
    return true;
  }
  const { text, value, unit, series, sop, frame } = measured;
  const same = ({ level: at, field }) => field === fit.name && at === place.level && fit.name !== "comment";
  const row = { level: fit.of_level ? place.level : "", field: fit.name, value, unit, text, series, sop, frame };
  taken = [...taken.filter((one) => !same(one)), row];
  store("measurements", taken);
  settle(uid);
  status.textContent = word("Taken", { text, level: row.level, field: fit.label });
  return true;
}

/** Put the value into its control; says whether the control takes it. */
function write(fit, at, { value, text }) {
  const control = fieldOf(fit.of_level ? `level.${at}.${fit.name}` : fit.name);
  const before = control.value;
  if (fit.name === "comment") control.value = [before, text].filter(Boolean).join("; ");
  else control.value = String(Math.round(value * 10) / 10);
  if (!control.checkValidity() || control.value.length > (control.maxLength > 0 ? control.maxLength : Infinity)) {
    control.value = before;
    return false;
  }
  const body = control.closest("tbody[data-level]");
  if (body?.querySelector("tr.details").hidden) toggleDetails(body, { focus: false });
  control.closest("details")?.setAttribute("open", "");
  control.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function choice(label, options, value, onChange) {
  const select = Object.assign(document.createElement("select"), { className: "form-select form-select-sm" });
  select.setAttribute("aria-label", label);
  select.append(...options.map(([code, text]) => new Option(text, code, false, code === value)));
  select.addEventListener("change", (event) => {
    event.stopPropagation(); // no field of the report
    onChange(select.value);
  });
  return select;
}

function button(text, label, run) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet btn-sm", textContent: text });
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", run);
  return made;
}

const shown = (measured) =>
  button(measured.text, word("Show", { text: measured.text }), () => tell("viewer:show", place(measured)));
const place = ({ series, sop, frame }) => ({ series, sop, frame });

function waitingItem(measured) {
  const { uid } = measured;
  const item = document.createElement("li");
  item.dataset.uid = uid;
  item.dataset.waiting = "";
  const now = proposal(measured);
  const choose = (change) => chosen.set(uid, { ...chosen.get(uid), ...change });
  const fitting = fits.filter((fit) => fit.unit === measured.unit || fit.name === "comment");
  const at = choice(word("Level", measured), [["", word("Choose")], ...levels.map((one) => [one, one])], now.level, (value) => choose({ level: value }));
  const field = choice(word("Field", measured), fitting.map(({ name, label }) => [name, label]), now.field, (value) => {
    choose({ field: value });
    at.hidden = !fits.find(({ name }) => name === value).of_level;
  });
  at.hidden = !fits.find(({ name }) => name === now.field).of_level;
  const accepting = button(word("Accept"), `${word("Accept")} ${measured.text}`, () => accept(measured));
  accepting.title = "Alt+M";
  const remove = button("×", word("Remove", measured), () => settle(uid));
  item.append(shown(measured), at, field, accepting, remove);
  return item;
}

function takenItem(row, index) {
  const item = document.createElement("li");
  const fit = fits.find(({ name }) => name === row.field);
  const where = Object.assign(document.createElement("span"), {
    className: "small",
    textContent: [row.level, fit?.label].filter(Boolean).join(" · "),
  });
  const remove = button("×", word("Remove", row), () => {
    taken = taken.filter((_, at) => at !== index);
    store("measurements", taken);
    showMeasurements();
  });
  item.append(where, shown(row), remove);
  return item;
}

function showMeasurements() {
  list.replaceChildren(...waiting().map(waitingItem).reverse(), ...taken.map(takenItem));
}

/** Start; `save` stores the draft now and resolves to whether it is stored. */
export function watchImages(save) {
  answer("viewer:keep", save);
  bind(
    { name: "go_to_level", key: "l", alt: true, run: goToLevel },
    { name: "accept", key: "m", alt: true, run: () => accept() },
  );
  showNumbering();
  showMeasurements();
  tellLevels(); // to a viewer that was there first
  tellDrawings();
}
