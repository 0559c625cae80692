/** Without WebGL 2 the viewer would fall back to less than a diagnosis needs: say so and stop. */

import { text } from "./words.js";

/** Cover the page with a notice that cannot be dismissed. */
export function refuse() {
  const notice = document.createElement("div");
  notice.id = "no-webgl";
  notice.setAttribute("role", "alertdialog");
  notice.setAttribute("aria-modal", "true");
  notice.tabIndex = -1;
  Object.assign(notice.style, {
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
  });
  const title = document.createElement("strong");
  title.textContent = text.noWebGl;
  const help = document.createElement("p");
  help.textContent = text.noWebGlHelp;
  help.style.maxWidth = "40rem";
  notice.append(title, help);
  if (!document.body) document.documentElement.append(document.createElement("body"));
  document.body.append(notice);
  notice.focus();
}
