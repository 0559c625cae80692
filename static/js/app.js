// What every page does: theme switch, menus that close, focus on an error summary, parts of a form that depend on an answer.

import { renewToken } from "./csrf.js";

function switchTheme() {
  const root = document.documentElement;
  const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
  root.dataset.bsTheme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Without storage the choice lasts for this page.
  }
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.setAttribute("aria-pressed", String(theme === "dark"));
  }
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.hidden = false;
  button.setAttribute(
    "aria-pressed",
    String(document.documentElement.dataset.bsTheme === "dark"),
  );
  button.addEventListener("click", switchTheme);
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});

const summary = document.querySelector("[data-error-summary]");
summary?.focus();
// A link of the summary leads to the first answer of a group, not to its frame.
summary?.addEventListener("click", (event) => {
  const target = document.querySelector(event.target.closest("a")?.hash || "#none");
  const answer = target?.matches("div") ? target.querySelector("input") : null;
  if (!answer) return;
  event.preventDefault();
  answer.focus();
});

// <div data-shows-when="first_report_choice=file"> is shown while that answer is chosen.
function reveal(part) {
  const [name, wanted] = part.dataset.showsWhen.split("=");
  const form = part.closest("form");
  const given = new FormData(form).getAll(name);
  part.hidden = !wanted.split("|").some((value) => given.includes(value));
}

const parts = document.querySelectorAll("[data-shows-when]");
for (const part of parts) {
  reveal(part);
  part.closest("form").addEventListener("change", () => reveal(part));
}

// One of the choices of a list excludes all others: <input data-excludes-others>.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.type !== "checkbox" || !input.checked) return;
  const group = input.closest("fieldset");
  if (!group?.querySelector("[data-excludes-others]")) return;
  const clear = input.matches("[data-excludes-others]")
    ? 'input[type="checkbox"]'
    : "[data-excludes-others]";
  for (const other of group.querySelectorAll(clear)) {
    if (other !== input) other.checked = false;
  }
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Before any other listener: what is sent is taken from the form by then.
document.addEventListener("submit", (event) => renewToken(event.target), { capture: true });
