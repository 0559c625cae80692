/** Take the active viewport as it is, with its annotations, and hand it to the report. */

import { ask } from "./link.js";
import { isOnView } from "./on-canvas.js";
import { until } from "./until.js";
import { isComputed, wordsOf } from "./values.js";
import { text } from "./words.js";

const MEASURE_MS = 2000;
const LOAD_MS = 10_000;
const IMAGE_ID = /series\/([\d.]+)\/instances\/([\d.]+)\/frames\/(\d+)/;

/** Where an image of the viewer comes from: series, instance and 1-based frame. */
export function placeOf(imageId) {
  const [, series, sop, frame] = IMAGE_ID.exec(imageId ?? "") ?? [];
  return sop ? { series, sop, frame: Number(frame) } : null;
}

export async function sendKeyImage(services) {
  const { viewportGridService, cornerstoneViewportService, uiNotificationService } = services;
  const say = (message, type) => uiNotificationService.show({ title: text.keyImage, message, type });
  const viewport = cornerstoneViewportService.getCornerstoneViewport(
    viewportGridService.getActiveViewportId(),
  );
  const placeNow = () => placeOf(viewport?.getCurrentImageId());
  if (!placeNow()) return false;
  if (!(await until(isSettled(services, viewport, placeNow), LOAD_MS))) {
    say(text.notShown, "error");
    return false;
  }
  const place = placeNow(); // from here on nothing waits until the picture is taken
  const { lower, upper } = viewport.getProperties().voiRange;
  const saved = await ask("viewer:key-image", {
    ...place,
    window: { centre: (lower + upper) / 2, width: upper - lower },
    measurements: measurementsOn(services, place).map(wordsOf),
    png: await snapshot(viewport, studyBanner(viewport)),
  });
  say(saved ? text.saved : text.notSaved, saved ? "success" : "error");
  return saved;
}

/**
 * Returns what says whether the image that is wanted is the one on view and its drawings have their values. After two seconds a
 * picture without a number is worth more than none.
 */
function isSettled(services, viewport, placeNow) {
  const giveUpAt = performance.now() + MEASURE_MS;
  const isMeasured = () => measurementsOn(services, placeNow()).every(isComputed);
  return () => isOnView(viewport) && (isMeasured() || performance.now() > giveUpAt);
}

/** All frames of an Enhanced series share one instance, so the frame counts too. */
function measurementsOn({ measurementService }, place) {
  return measurementService.getMeasurements().filter(({ referencedImageId }) => {
    const { sop, frame } = placeOf(referencedImageId) ?? {};
    return place !== null && sop === place.sop && frame === place.frame;
  });
}

/** What stands over the picture about its study; "" where there is no prior to take it for. */
const studyBanner = (viewport) => viewport.element.querySelector(".secondread-study")?.textContent ?? "";

/** Draw the picture, the vector layer above it and which study it is of into one PNG. */
async function snapshot(viewport, banner) {
  const picture = viewport.getCanvas();
  const output = document.createElement("canvas");
  output.width = picture.width;
  output.height = picture.height;
  const context = output.getContext("2d");
  context.drawImage(picture, 0, 0);
  const layer = viewport.element.querySelector("svg.svg-layer");
  if (layer) context.drawImage(await rendered(layer), 0, 0, output.width, output.height);
  if (banner) {
    const size = Math.max(14, Math.round(output.width / 40));
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.fillStyle = "#ffe2b0";
    context.fillText(banner, output.width / 2, size * 1.4);
  }
  return output.toDataURL("image/png");
}

async function rendered(layer) {
  const copy = layer.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", layer.clientWidth);
  copy.setAttribute("height", layer.clientHeight);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}
