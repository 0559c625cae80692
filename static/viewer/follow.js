/** Go to an image that the report or another window of this case asks for, and tell where we are. */

import { listen, tell } from "./link.js";
import { placeOf } from "./key-images.js";

const SETTLE_MS = 120;
const LOAD_MS = 800;

export function follow(services) {
  listen("viewer:show", (image) => show(services, image, { replace: true }));
  listen("viewer:at", (image) => show(services, image, { replace: false }));
  let timer = 0;
  const onNewImage = (event) => {
    const { viewportId, imageId } = event.detail ?? {};
    if (viewportId !== services.viewportGridService.getActiveViewportId() || !document.hasFocus()) return;
    clearTimeout(timer);
    timer = setTimeout(() => tell("viewer:at", placeOf(imageId) ?? {}), SETTLE_MS);
  };
  window.addEventListener("CORNERSTONE_STACK_NEW_IMAGE", onNewImage, true);
}

/** Show an image where its series hangs; with `replace`, hang it in the active viewport if nowhere. */
async function show(services, { series, sop, frame = 1 }, { replace }) {
  const { displaySetService, viewportGridService, cornerstoneViewportService } = services;
  const displaySet = displaySetService
    .getActiveDisplaySets()
    .find((one) => one.SeriesInstanceUID === series || one.images?.some((image) => image.SOPInstanceUID === sop));
  if (!displaySet) return;
  const uid = displaySet.displaySetInstanceUID;
  const { viewports, activeViewportId } = viewportGridService.getState();
  let id = [...viewports.values()].find((one) => one.displaySetInstanceUIDs?.includes(uid))?.viewportId;
  if (!id && !replace) return;
  if (!id) {
    id = activeViewportId;
    viewportGridService.setDisplaySetsForViewport({ viewportId: id, displaySetInstanceUIDs: [uid] });
    await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
  }
  if (replace) viewportGridService.setActiveViewportId(id);
  const viewport = cornerstoneViewportService.getCornerstoneViewport(id);
  const index = viewport.getImageIds().findIndex((imageId) => {
    const place = placeOf(imageId);
    return place?.sop === sop && place.frame === frame;
  });
  if (index >= 0 && index !== viewport.getCurrentImageIdIndex()) await viewport.setImageIdIndex(index);
}
