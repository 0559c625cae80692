/**
 * An older study beside the current one: which is which, the layout that compares, the linked scroll.
 *
 * The portal says in the Study Description which study is the prior and how much earlier it was made;
 * dates are not in the images any more.
 */

import { COMPARISON, PAIRS, PROTOCOL, isPrior } from "./hanging.js";
import { text } from "./words.js";

const MONTHS_PER_YEAR = 12;
const ABOUT_MONTHS = /about (\d+) months/;
/** Planes closer than this (cosine of their normals) show the same slices. */
const SAME_PLANE = 0.8;
const COLOURS = { prior: { background: "#7a4b00", color: "#ffe2b0" }, current: { background: "#123a46", color: "#cfeaf2" } };

let isLinked = true;
let services = null;
const anchors = new Map(); // viewport id -> the image that shows the same level as its partner's
const sent = new Map(); // viewport id -> the index we moved it to ourselves

export function compare(given) {
  services = given;
  const { cornerstoneViewportService } = services;
  window.addEventListener("CORNERSTONE_STACK_NEW_IMAGE", follow, true);
  // With every picture drawn, so that no picture stands without its label.
  window.addEventListener("CORNERSTONE_IMAGE_RENDERED", ({ detail }) => label(detail?.viewportId), true);
  const { VIEWPORT_DATA_CHANGED } = cornerstoneViewportService.EVENTS;
  cornerstoneViewportService.subscribe(VIEWPORT_DATA_CHANGED, ({ viewportId }) => anchors.delete(viewportId));
}

const hasPrior = () => services.displaySetService.getActiveDisplaySets().some(isPrior);

/** The display set that hangs in a viewport. */
function hanging(viewportId) {
  const shown = services.viewportGridService.getState().viewports.get(viewportId)?.displaySetInstanceUIDs ?? [];
  return services.displaySetService.getDisplaySetByUID(shown[0]);
}

/** "CURRENT", or "PRIOR, about 14 months earlier". */
function studyWords(displaySet) {
  if (!isPrior(displaySet)) return text.current;
  const months = Number(ABOUT_MONTHS.exec(displaySet.instances?.[0]?.StudyDescription ?? "")?.[1]);
  if (!(months >= 1)) return text.prior;
  if (months < 2 * MONTHS_PER_YEAR) return text.priorMonths.replace("{n}", months);
  return text.priorYears.replace("{n}", Math.round(months / MONTHS_PER_YEAR));
}

/** Say over a viewport's picture which study it shows; without a prior there is nothing to mistake. */
function label(viewportId) {
  const element = services.cornerstoneViewportService.getCornerstoneViewport(viewportId)?.element;
  if (!element) return;
  const displaySet = hanging(viewportId);
  const words = displaySet && hasPrior() ? studyWords(displaySet) : "";
  const shown = element.querySelector(".secondread-study");
  if ((shown?.textContent ?? "") === words) return;
  shown?.remove();
  if (!words) return;
  const banner = document.createElement("div");
  banner.className = "secondread-study";
  banner.textContent = words;
  Object.assign(banner.style, COLOURS[isPrior(displaySet) ? "prior" : "current"], {
    position: "absolute",
    top: "30px", // below the orientation letter of the upper edge
    left: "50%",
    transform: "translateX(-50%)",
    padding: "1px 10px",
    borderRadius: "4px",
    font: "600 13px/1.5 system-ui, sans-serif",
    pointerEvents: "none",
    whiteSpace: "nowrap",
    zIndex: "5",
  });
  element.append(banner);
}

/** Hang both studies side by side, or go back; without a prior say so. */
export function toggleComparison(commandsManager) {
  const { hangingProtocolService, uiNotificationService } = services;
  if (!hasPrior()) {
    uiNotificationService.show({ title: text.compare, message: text.noPrior, type: "info" });
    return;
  }
  const { protocol, stageIndex } = hangingProtocolService.getActiveProtocol();
  const isComparing = protocol.stages[stageIndex]?.id === COMPARISON;
  anchors.clear();
  commandsManager.run("setHangingProtocol", {
    protocolId: PROTOCOL,
    stageId: isComparing ? protocol.stages[0].id : COMPARISON,
  });
}

/** Take the link off to bring both to the same level, then put it on with what is shown now. */
export function toggleLink() {
  isLinked = !isLinked;
  anchors.clear();
  for (const id of isLinked ? PAIRS.keys() : []) {
    const viewport = services.cornerstoneViewportService.getCornerstoneViewport(id);
    if (viewport) anchors.set(id, viewport.getCurrentImageId());
  }
  const message = isLinked ? text.linked : text.unlinked;
  services.uiNotificationService.show({ title: text.link, message, type: "info" });
}

/** Move the partner of a scrolled viewport by as many millimetres. */
function follow(event) {
  const { viewportId, imageId } = event.detail ?? {};
  const { cornerstoneViewportService } = services;
  const partner = PAIRS.get(viewportId);
  const source = partner && cornerstoneViewportService.getCornerstoneViewport(viewportId);
  const target = partner && cornerstoneViewportService.getCornerstoneViewport(partner);
  if (!source || !target) return;
  const index = source.getCurrentImageIdIndex();
  if (sent.get(viewportId) === index) return void sent.delete(viewportId);
  const [from, to] = [anchors.get(viewportId) ?? middle(source), anchors.get(partner) ?? middle(target)];
  const normal = normalOf(from);
  if (!isLinked || !normal || !(Math.abs(dot(normal, normalOf(to) ?? [0, 0, 0])) > SAME_PLANE)) return;
  const wanted = along(normal, to) + along(normal, imageId) - along(normal, from);
  const distances = target.getImageIds().map((one) => Math.abs(along(normal, one) - wanted));
  const nearest = distances.indexOf(Math.min(...distances));
  if (nearest < 0 || nearest === target.getCurrentImageIdIndex()) return;
  sent.set(partner, nearest);
  target.setImageIdIndex(nearest);
}

const middle = (viewport) => viewport.getImageIds()[Math.floor(viewport.getImageIds().length / 2)];
const plane = (imageId) => window.cornerstone.metaData.get("imagePlaneModule", imageId);
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The place of an image along a direction, in mm; NaN without geometry. */
function along(direction, imageId) {
  const position = plane(imageId)?.imagePositionPatient;
  return position ? dot(direction, position) : NaN;
}

/** The direction across an image, or null without geometry. */
function normalOf(imageId) {
  const { rowCosines: r, columnCosines: c } = plane(imageId) ?? {};
  if (!r || !c) return null;
  return [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]];
}
