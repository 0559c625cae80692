/**
 * Tell the report and the other windows of this case what was measured: the value, its slice, its
 * geometry, and the level that lies nearest. Draw what they tell, so that it outlives this page.
 */

import { draw, shapeOf } from "./drawings.js";
import { placeOf } from "./key-images.js";
import { levelAt, onChange, planeOf } from "./levels.js";
import { listen, tell } from "./link.js";
import { until } from "./until.js";
import { isComputed, nameOf, readingOf } from "./values.js";
import { text } from "./words.js";

const SETTLE_MS = 300;
const COMPUTE_MS = 2000;

const said = new Map(); // uid -> geometry and level, as all windows know them
const coming = new Map(); // uid -> what is to be drawn as soon as its series is there
const gone = new Set(); // what was taken away, maybe while no report listened
const timers = new Map(); // uid -> what tells of it once it rests
let isLeaving = false;

/** Start: tell what is drawn here, draw what is told. */
export function tellMeasurements(services, extensionManager) {
  const { measurementService } = services;
  const later = (uid) => {
    clearTimeout(timers.get(uid));
    timers.set(uid, setTimeout(tellOne, SETTLE_MS, measurementService, uid));
  };
  isLeaving = false;
  watchTools(measurementService, later);
  drawTold(services, extensionManager);
  // With other labels another level may be the nearest one.
  onChange(() => measurementService.getMeasurements().forEach(({ uid }) => later(uid)));
}

/** Whether something was drawn or moved a moment ago that the report has not heard of. */
export const isResting = () => timers.size > 0;

/** Tell at once what rests. Resolves to whether the viewer had computed all of it. */
export async function tellNow({ measurementService }) {
  const resting = [...timers.keys()];
  const isReady = (uid) => {
    const measurement = measurementService.getMeasurement(uid);
    return !measurement || isComputed(measurement);
  };
  const isAll = await until(() => resting.every(isReady), COMPUTE_MS);
  for (const uid of resting) tellOne(measurementService, uid);
  return isAll;
}

/** Have the report take the latest measurement over, not the one before it or the value that it had. */
export async function acceptLatest(services) {
  if (await tellNow(services)) tell("viewer:accept");
  else services.uiNotificationService.show({ title: text.accept, message: text.notMeasured, type: "error" });
}

/** The viewer clears itself when it is left: nobody took anything away. */
export function leaveMeasurements() {
  isLeaving = true;
}

function watchTools(measurementService, later) {
  const { MEASUREMENT_ADDED, MEASUREMENT_UPDATED, MEASUREMENT_REMOVED, MEASUREMENTS_CLEARED } = measurementService.EVENTS;
  for (const event of [MEASUREMENT_ADDED, MEASUREMENT_UPDATED]) {
    measurementService.subscribe(event, ({ measurement }) => later(measurement.uid));
  }
  measurementService.subscribe(MEASUREMENT_REMOVED, ({ measurement }) => tellGone(measurement.uid ?? measurement));
  measurementService.subscribe(MEASUREMENTS_CLEARED, ({ measurements }) => measurements.forEach(({ uid }) => tellGone(uid)));
  // Undo brings a drawing back without a word of the service.
  const { ANNOTATION_ADDED } = window.cornerstoneTools.Enums.Events;
  window.cornerstone.eventTarget.addEventListener(ANNOTATION_ADDED, ({ detail }) => later(detail.annotation.annotationUID));
}

function drawTold(services, extensionManager) {
  const { measurementService, displaySetService } = services;
  const drawComing = () => {
    for (const row of coming.values()) {
      if (!draw(services, extensionManager.getActiveDataSource()[0], row)) continue;
      coming.delete(row.uid);
      said.set(row.uid, spelled(row));
    }
  };
  const take = (row) => {
    if (said.get(row.uid) === spelled(row)) return;
    coming.set(row.uid, row);
    drawComing();
  };
  displaySetService.subscribe(displaySetService.EVENTS.DISPLAY_SETS_ADDED, drawComing);
  listen("viewer:measurement", (row) => {
    gone.delete(row.uid);
    take(row);
  });
  listen("viewer:drawings", ({ rows }) => {
    const kept = new Set(rows.map(({ uid }) => uid));
    for (const { uid } of measurementService.getMeasurements()) {
      if (!kept.has(uid)) said.delete(uid), tellOne(measurementService, uid);
    }
    for (const row of rows) gone.has(row.uid) ? tell("viewer:measurement-gone", { uid: row.uid }) : take(row);
  });
  listen("viewer:measurement-gone", ({ uid }) => {
    gone.add(uid);
    coming.delete(uid);
    said.delete(uid);
    measurementService.remove(uid);
  });
}

function tellGone(uid) {
  if (isLeaving || gone.has(uid)) return;
  gone.add(uid);
  said.delete(uid);
  tell("viewer:measurement-gone", { uid });
}

/** The draft keeps no order of names, so that they are written out here. */
const spelled = ({ drawing: { tool, label, reference, points, normal, up, box }, level }) =>
  JSON.stringify([tool, label, reference, points, normal, up, box, level]);

function tellOne(measurementService, uid) {
  clearTimeout(timers.get(uid));
  timers.delete(uid);
  const measurement = measurementService.getMeasurement(uid);
  const place = placeOf(measurement?.referencedImageId);
  const drawing = place && shapeOf(uid);
  if (!drawing) return;
  if (!isComputed(measurement)) return; // it is told when it is
  const level = levelAt(planeOf(measurement.referencedImageId), centre(measurement.points));
  const { value, unit, spelled: words } = readingOf(measurement);
  const line = [nameOf(measurement), words].join(" ").trim();
  const told = { ...place, value, unit, text: line, level, drawing };
  if (said.get(uid) === spelled(told)) return;
  said.set(uid, spelled(told));
  gone.delete(uid);
  tell("viewer:measurement", { uid, ...told });
}

function centre(points = []) {
  if (!points.length) return null;
  return [0, 1, 2].map((axis) => points.reduce((total, point) => total + point[axis], 0) / points.length);
}
