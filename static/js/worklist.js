// The worklist: move with j and k, see the case in the pane, open it with Enter, the next with n.

import { bind, showHelp } from "./keys.js";

const rows = [...document.querySelectorAll("tr[data-case]")];
const pane = document.getElementById("pane");
let current = Math.max(0, rows.findIndex((row) => row.classList.contains("is-selected")));
let asked = 0;
let isShown = Promise.resolve(true);

/** Fill the pane, or say that it could not be; resolves to whether this row is still the selected one. */
async function showInPane(row) {
  const mine = ++asked;
  try {
    const response = await fetch(row.dataset.pane, { headers: { "X-Requested-With": "fetch" } });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const text = await response.text();
    if (mine === asked) pane.innerHTML = text;
  } catch {
    if (mine === asked) pane.textContent = pane.dataset.wordFailed;
  }
  return mine === asked;
}

function select(index) {
  if (!rows.length) return;
  current = Math.min(rows.length - 1, Math.max(0, index));
  for (const row of rows) {
    const isIt = row === rows[current];
    row.classList.toggle("is-selected", isIt);
    row.querySelector("a").toggleAttribute("aria-current", isIt);
  }
  const link = rows[current].querySelector("a");
  link.focus({ preventScroll: true });
  rows[current].scrollIntoView({ block: "nearest" });
  const address = new URL(location);
  address.searchParams.set("case", rows[current].dataset.case);
  history.replaceState(null, "", address);
  isShown = showInPane(rows[current]);
}

/** Open the case of the selected row: the pane may still hold the one before. */
async function openSelected() {
  if (!rows.length || !(await isShown)) return;
  const opener = pane.querySelector("[data-open-form]") ?? rows[current].querySelector("a");
  if (opener.tagName === "FORM") opener.requestSubmit();
  else opener.click();
}

/** Show the images of the selected row beside the list. */
async function openViewer() {
  if (await isShown) pane.querySelector("[data-viewer-link]")?.click();
}

/** Go to the words with which the selected case is given back. */
async function giveBack() {
  const place = (await isShown) && pane.querySelector("[data-give-back]");
  if (!place) return;
  place.open = true;
  place.querySelector("textarea").focus();
}

for (const [index, row] of rows.entries()) {
  row.addEventListener("click", (event) => {
    if (!event.target.closest("a, button, input")) select(index);
  });
  row.addEventListener("dblclick", openSelected);
  row.querySelector("a").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || index !== current || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openSelected();
  });
}

bind(
  { name: "down", key: "j", run: () => select(current + 1) },
  { name: "up", key: "k", run: () => select(current - 1) },
  { name: "open", key: "Enter", run: openSelected },
  { name: "viewer", key: "v", run: () => void openViewer() },
  { name: "give_back", key: "b", run: () => void giveBack() },
  { name: "next", key: "n", run: () => document.querySelector("[data-key-next]").click() },
  { name: "search", key: "/", run: () => document.querySelector("[data-search]").focus() },
);
showHelp();
