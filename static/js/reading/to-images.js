/** One key leads from the report to the images, and back to where one was in the report. */

import { bind } from "../keys.js";

const side = document.querySelector("[data-images]");
const frame = side.querySelector("iframe[data-viewer]");
let left = null;

function toImages() {
  if (side.contains(document.activeElement)) return toReport();
  left = document.activeElement;
  if (!frame) return side.querySelector("canvas").focus();
  frame.focus();
  return frame.contentWindow.focus();
}

function toReport() {
  const place = left?.isConnected && left !== document.body ? left : document.querySelector("form[data-report] select");
  window.focus();
  frame?.blur();
  place.focus();
}

/** The viewer's own page hears its keys; it is of this site, so that this page may listen there too. */
function listenThere() {
  frame.contentWindow.addEventListener(
    "keydown",
    (event) => {
      if (event.code !== "KeyI" || !event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      toReport();
    },
    true,
  );
}

/** Start. */
export function joinSides() {
  if (frame) {
    frame.addEventListener("load", listenThere);
    listenThere();
  }
  bind({ name: "images", key: "i", alt: true, run: () => void toImages() });
}
