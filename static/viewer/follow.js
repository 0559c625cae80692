/** Go to an image that the report or another window of this case asks for, and tell where we are. */

import { listen, tell } from "./link.js";
import { placeOf } from "./key-images.js";
import { until } from "./until.js";
import { text } from "./words.js";

const SETTLE_MS = 120;
const LOAD_MS = 10_000;
const HANG_MS = 30_000;

/**
 * Whether each viewport has its first image. Until then OHIF would go back to it from what a jump shows, and forget at which image the
 * others begin. Where one does not come at all, jumps go on without it.
 */
let hung = Promise.resolve(false);

/**
 * Whether the reader moved here last. Only that window tells where it is: one that follows moves its linked viewports too, and would
 * lead the other back to an image that is already behind it. The focus does not say it: the wheel turns in a window without it.
 */
let leads = false;
const BY_HAND = ["wheel", "pointerdown", "keydown"];

export function follow(services) {
  hung = until(() => isHung(services), HANG_MS);
  hung.then(() => {
    // Only from now on: a click while the first images came in moved nothing.
    for (const type of BY_HAND) window.addEventListener(type, () => (leads = true), { capture: true, passive: true });
  });
  listen("viewer:show", async (image) => {
    leads = false;
    if (await show(services, image, { replace: true })) return;
    services.uiNotificationService.show({ title: text.keyImage, message: text.notShown, type: "error" });
  });
  listen("viewer:at", (image) => {
    leads = false;
    show(services, image, { replace: false });
  });
  let timer = 0;
  const onNewImage = (event) => {
    const { viewportId, imageId } = event.detail ?? {};
    if (viewportId !== services.viewportGridService.getActiveViewportId() || !leads) return;
    clearTimeout(timer);
    timer = setTimeout(() => leads && tell("viewer:at", placeOf(imageId) ?? {}), SETTLE_MS);
  };
  window.addEventListener("CORNERSTONE_STACK_NEW_IMAGE", onNewImage, true);
}

/**
 * Show an image where its series hangs; with `replace`, hang it in the active viewport if nowhere.
 * Resolves to whether it is shown.
 */
async function show(services, image, { replace }) {
  const { displaySetService, viewportGridService, cornerstoneViewportService } = services;
  await hung;
  const displaySet = displaySetService
    .getActiveDisplaySets()
    .find((one) => one.SeriesInstanceUID === image.series || one.images?.some(({ SOPInstanceUID }) => SOPInstanceUID === image.sop));
  if (!displaySet) return false;
  const uid = displaySet.displaySetInstanceUID;
  const { viewports, activeViewportId } = viewportGridService.getState();
  const hanging = [...viewports.values()].find((one) => one.displaySetInstanceUIDs?.includes(uid))?.viewportId;
  if (!hanging && !replace) return false;
  const id = hanging ?? activeViewportId;
  if (!hanging) viewportGridService.setDisplaySetsForViewport({ viewportId: id, displaySetInstanceUIDs: [uid] });
  const tooLate = new Promise((resolve) => setTimeout(resolve, LOAD_MS, false));
  if (!(await holds(cornerstoneViewportService, id, image, tooLate))) return false;
  if (replace) viewportGridService.setActiveViewportId(id);
  const viewport = cornerstoneViewportService.getCornerstoneViewport(id);
  const index = indexOf(viewport, image);
  if (index !== viewport.getCurrentImageIdIndex()) {
    const isShown = viewport.setImageIdIndex(index).then(() => true);
    if (!(await Promise.race([isShown, tooLate]))) return false;
  }
  if (image.window) setWindow(viewport, image.window);
  return true;
}

function isHung({ viewportGridService, cornerstoneViewportService }) {
  const filled = [...viewportGridService.getState().viewports.values()].filter((one) => one.displaySetInstanceUIDs?.length);
  const isFilled = ({ viewportId }) => cornerstoneViewportService.getCornerstoneViewport(viewportId)?.getCornerstoneImage?.();
  return filled.length > 0 && filled.every(isFilled);
}

function indexOf(viewport, { sop, frame = 1 }) {
  return (viewport?.getImageIds() ?? []).findIndex((imageId) => {
    const place = placeOf(imageId);
    return place?.sop === sop && place.frame === frame;
  });
}

/** Wait until a viewport has the images of the series that was hung in it; on a busy line that lasts. */
async function holds(cornerstoneViewportService, id, image, tooLate) {
  const isThere = () => indexOf(cornerstoneViewportService.getCornerstoneViewport(id), image) >= 0;
  if (isThere()) return true;
  let subscription;
  const changed = new Promise((resolve) => {
    const { VIEWPORT_DATA_CHANGED } = cornerstoneViewportService.EVENTS;
    subscription = cornerstoneViewportService.subscribe(VIEWPORT_DATA_CHANGED, () => isThere() && resolve(true));
  });
  const isHung = await Promise.race([changed, tooLate]);
  subscription.unsubscribe();
  return isHung;
}

function setWindow(viewport, { centre, width }) {
  viewport.setProperties({ voiRange: { lower: centre - width / 2, upper: centre + width / 2 } });
  viewport.render();
}
