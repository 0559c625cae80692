/** Without WebGL 2 the viewer would fall back to less than a diagnosis needs: say so and stop. */

import { cover } from "./cover.js";
import { text } from "./words.js";

export function refuse() {
  const help = document.createElement("p");
  help.textContent = text.noWebGlHelp;
  help.style.maxWidth = "40rem";
  cover("no-webgl", text.noWebGl, help);
}
