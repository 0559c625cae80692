// The reading room: the draft saves itself, the table writes the texts, the checks point to what is missing.

import "./reading/opening.js";
import { bind, showHelp } from "./keys.js";
import { Claim } from "./reading/claim.js";
import { Draft } from "./reading/draft.js";
import { watchImages } from "./reading/from-images.js";
import { goToOpen, normalHere, normalRest, toggleDetails, watchLevels } from "./reading/levels.js";
import { offerNextCase } from "./reading/next-case.js";
import { joinSides } from "./reading/to-images.js";
import { Texts } from "./reading/texts.js";

const form = document.querySelector("form[data-report]");
const { state, words } = JSON.parse(document.getElementById("page-data").textContent);
const saveState = document.querySelector("[data-save-state]");
const signIn = document.querySelector("[data-sign-in]");
const conflict = document.querySelector("[data-conflict]");

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

const draft = new Draft(form, {
  onState(name, time) {
    saveState.textContent = fill(words[name], { time });
    // A try in between does not take the link from under a pointer or a focus.
    if (name !== "saving") signIn.hidden = name !== "signed_out";
    saveState.classList.toggle("err-ink", !["saving", "saved"].includes(name));
  },
  onSaved: show,
  onConflict: showConflict,
  onGone: () => claim.ask(),
});
const claim = new Claim();
const texts = new Texts(form, words, () => draft.changed());

function show(news) {
  showProblems(news.problems);
  const grade = form.querySelector("[data-grade]");
  grade.hidden = !news.grade;
  grade.textContent = fill(words.grade, { grade: news.grade });
  grade.classList.toggle("pill-warn", news.grade > 9);
  if (texts.take(news.proposals)) draft.changed();
}

function showProblems(problems) {
  const list = form.querySelector("[data-problems]");
  list.replaceChildren(
    ...problems.map(({ severity, text, control }) => {
      const item = document.createElement("li");
      const kind = document.createElement("strong");
      kind.className = severity === "block" ? "err-ink" : "warn-ink";
      kind.textContent = `${words[severity]} `;
      const link = document.createElement("a");
      link.href = `#${control}`;
      link.textContent = text;
      item.append(kind, link);
      return item;
    }),
  );
  if (!problems.length) list.append(Object.assign(document.createElement("li"), { textContent: words.none }));
}

/** Bring a control into sight, open what it lies in, and focus it. */
function reach(id) {
  const control = document.getElementById(id);
  if (!control) return;
  const details = control.closest("tr.details");
  if (details?.hidden) toggleDetails(details.closest("tbody"));
  for (let outer = control.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
  control.focus();
  control.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link || !form.contains(link)) return;
  event.preventDefault();
  reach(link.hash.slice(1));
});

function showConflict({ revision, differences }) {
  conflict.querySelector("[data-conflict-rows]").replaceChildren(
    ...differences.map(({ where, mine, theirs }) => {
      const row = document.createElement("tr");
      for (const text of [where, mine, theirs]) row.append(Object.assign(document.createElement("td"), { textContent: text }));
      return row;
    }),
  );
  conflict.hidden = false;
  conflict.focus();
  conflict.querySelector("[data-keep-mine]").onclick = async () => {
    conflict.hidden = true;
    await draft.keepMine(revision);
  };
  conflict.querySelector("[data-take-theirs]").onclick = () => {
    draft.forget();
    location.reload();
  };
}

const definitions = document.querySelector("[data-definitions]");
form.addEventListener("focusin", (event) => define(event.target));

function define(control) {
  const key = control.closest("[data-definition]")?.dataset.definition;
  if (!key) return;
  for (const block of definitions.querySelectorAll("[data-definition-of]")) block.hidden = block.dataset.definitionOf !== key;
  definitions.querySelector("[data-definitions-empty]").hidden = true;
}

async function toSign() {
  if (await draft.settle()) location.assign(form.dataset.sign);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const lock = event.submitter?.matches("[data-lock]") ? event.submitter : null;
  if (!lock) return void draft.save();
  if (await draft.settle()) {
    form.action = lock.formAction;
    form.submit();
  }
});
form.querySelector("[data-to-sign]").addEventListener("click", toSign);
form.elements["whole.lumbar_count"].addEventListener("change", async () => {
  // Other levels: the server draws the table anew.
  if ((await draft.save()) && (await draft.settle())) location.reload();
});

watchLevels();
show(state);
watchImages(() => draft.settle());
offerNextCase(() => draft.settle());
joinSides();
bind(
  { name: "save", key: "s", ctrl: true, run: () => void draft.save() },
  { name: "sign", key: "Enter", ctrl: true, run: () => void toSign() },
  { name: "normal_row", key: "n", alt: true, run: normalHere },
  { name: "normal_rest", key: "r", alt: true, run: normalRest },
  { name: "details", key: "d", alt: true, run: () => toggleDetails() },
  { name: "next_open", key: "F3", run: () => goToOpen(form, 1) },
  { name: "previous_open", key: "F3", shift: true, run: () => goToOpen(form, -1) },
);
showHelp();
define(document.activeElement);
if (location.hash) reach(location.hash.slice(1));
