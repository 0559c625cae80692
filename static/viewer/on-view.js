/**
 * A window of its own never shows one patient beside the report on another.
 *
 * The report says on a channel of the reader which case is on view (static/js/reading/line.js); a
 * viewer of another case covers itself and leads to the images of that one.
 */

import { cover, uncover } from "./cover.js";
import { caseCode } from "./link.js";
import { text } from "./words.js";

const CODE = /^[0-9A-Z-]{1,16}$/;

let notice = null;

/** Start, in a window of its own; beside the report the images are those of its case. */
export function keepToReport() {
  const channel = new BroadcastChannel("secondread-reader");
  channel.addEventListener("message", ({ data }) => {
    if (data?.type === "report:on-view" && CODE.test(data.case)) compareWith(data.case);
  });
  channel.postMessage({ type: "viewer:which" });
}

function compareWith(code) {
  if (notice) uncover(notice);
  notice = null;
  if (code === caseCode) return;
  const link = document.createElement("a");
  link.href = `/viewer/basic?${new URLSearchParams({ case: code })}`;
  link.textContent = text.openItsImages.replace("{case}", code);
  link.style.color = "#7fd4c8";
  const images = document.createElement("p");
  images.textContent = text.imagesOf.replace("{case}", caseCode);
  notice = cover("other-case", text.reportOn.replace("{case}", code), images, link);
}
