/** Cover the viewer with a notice that cannot be dismissed. */

const LOOKS = {
  position: "fixed",
  inset: "0",
  zIndex: "99999",
  display: "grid",
  placeContent: "center",
  gap: "1rem",
  padding: "2rem",
  background: "#0b0d0f",
  color: "#dfe4e8",
  font: "1.125rem/1.5 system-ui, sans-serif",
};

const KEYS = ["keydown", "keypress", "keyup"];

/** Returns the notice; what lies below takes neither keys nor clicks until `uncover`. */
export function cover(id, title, ...more) {
  const notice = document.createElement("div");
  notice.id = id;
  notice.setAttribute("role", "alertdialog");
  notice.setAttribute("aria-modal", "true");
  notice.tabIndex = -1;
  Object.assign(notice.style, LOOKS);
  const first = document.createElement("strong");
  first.textContent = title;
  notice.append(first, ...more);
  if (!document.body) document.documentElement.append(document.createElement("body"));
  for (const other of document.body.children) other.inert = true;
  document.body.append(notice);
  notice.setAttribute("aria-label", title);
  for (const type of KEYS) window.addEventListener(type, keep, true);
  notice.focus();
  return notice;
}

export function uncover(notice) {
  for (const type of KEYS) window.removeEventListener(type, keep, true);
  notice.remove();
  for (const other of document.body.children) other.inert = false;
}

/** The keys of the viewer sleep; those of the browser (Tab, Enter on a link) do what they do. */
const keep = (event) => event.stopImmediatePropagation();
