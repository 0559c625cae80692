/**
 * One registry of keys: what is bound here is what the help shows.
 *
 * Single keys act only outside of text fields and can be switched off (WCAG 2.1.4); keys with
 * Ctrl, Alt or F3 act everywhere on the page.
 */

const STORE = "single-keys";
const bindings = [];

const isOn = () => {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
};

const inField = (element) =>
  element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, canvas, [data-stack-viewer]");

const spell = ({ key, ctrl, alt, shift }) =>
  [ctrl && "Ctrl", alt && "Alt", shift && "Shift", key.length === 1 && (ctrl || alt) ? key.toUpperCase() : key]
    .filter(Boolean)
    .join("+");

const matches = (binding, event) =>
  (event.key === binding.key || (binding.alt && event.code === `Key${binding.key.toUpperCase()}`)) &&
  Boolean(binding.ctrl) === (event.ctrlKey || event.metaKey) &&
  Boolean(binding.alt) === event.altKey &&
  (binding.key === "?" || Boolean(binding.shift) === event.shiftKey);

/** Bind a key: `{name, key, ctrl, alt, shift, run}`; `name` finds its words for the help. */
export function bind(...added) {
  bindings.push(...added);
}

document.addEventListener("keydown", (event) => {
  const found = bindings.find((binding) => matches(binding, event));
  if (!found || document.querySelector("dialog[open]")) return;
  const single = !found.ctrl && !found.alt && !/^F\d/.test(found.key);
  if (single && (!isOn() || inField(event.target) || (found.key === "Enter" && event.target.closest("a, button, summary")))) return;
  if (found.run(event) !== false) event.preventDefault();
});

const wordsOf = () => JSON.parse(document.getElementById("key-words")?.textContent ?? "{}");

function keyTag(binding) {
  const tag = document.createElement("kbd");
  tag.textContent = spell(binding);
  return tag;
}

/** Fill the help dialog, and the line below a list, from the registry. */
export function showHelp() {
  const words = wordsOf();
  const dialog = document.querySelector("[data-keys-dialog]");
  const list = dialog.querySelector("[data-keys-list]");
  for (const binding of bindings) {
    const term = document.createElement("dt");
    term.append(keyTag(binding));
    const meaning = document.createElement("dd");
    meaning.textContent = words[binding.name] ?? binding.name;
    list.append(term, meaning);
  }
  const line = document.querySelector("[data-keys-line]");
  for (const binding of line ? bindings : []) line.append(keyTag(binding), ` ${words[binding.name] ?? ""} `);
  const power = dialog.querySelector("[data-keys-switch]");
  power.checked = isOn();
  power.addEventListener("change", () => localStorage.setItem(STORE, power.checked ? "on" : "off"));
  for (const button of document.querySelectorAll("[data-keys-help]")) {
    button.addEventListener("click", () => dialog.showModal());
  }
  bind({ name: "help", key: "?", run: () => dialog.showModal() });
}
