/** The keys of the viewer, shown by `?`, from the same registry that binds them. */

import { text } from "./words.js";

export function showKeys(hotkeysManager) {
  const open = document.getElementById("viewer-keys");
  if (open) return open.close();
  const dialog = document.createElement("dialog");
  dialog.id = "viewer-keys";
  Object.assign(dialog.style, {
    maxHeight: "80vh",
    overflow: "auto",
    padding: "1rem 1.5rem",
    border: "1px solid #2d353b",
    borderRadius: "8px",
    background: "#161b1f",
    color: "#dfe4e8",
  });
  const title = document.createElement("h2");
  title.textContent = text.keys;
  const list = document.createElement("dl");
  Object.assign(list.style, { display: "grid", gridTemplateColumns: "auto 1fr", gap: "2px 1rem" });
  for (const { keys, label } of Object.values(hotkeysManager.hotkeyDefinitions)) {
    const key = document.createElement("dt");
    key.textContent = [keys].flat().join(" ");
    key.style.fontFamily = "monospace";
    const meaning = document.createElement("dd");
    meaning.textContent = label;
    list.append(key, meaning);
  }
  const close = document.createElement("button");
  close.textContent = text.close;
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  // The viewer's own keys must not take Escape away from the dialog.
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "?") dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(title, list, close);
  document.body.append(dialog);
  dialog.showModal();
  return undefined;
}
