/** Tell the report what was measured: the value, its slice, and the level that lies nearest. */

import { placeOf } from "./key-images.js";
import { levelAt, onChange, planeOf } from "./levels.js";
import { tell } from "./link.js";

const SETTLE_MS = 300;
const VALUE = /(-?\d+(?:\.\d+)?)\s*(mm²|mm2|mm|°|deg)/;
const UNITS = { mm2: "mm²", deg: "°" };

export function tellMeasurements({ measurementService }) {
  const { MEASUREMENT_ADDED, MEASUREMENT_UPDATED, MEASUREMENT_REMOVED } = measurementService.EVENTS;
  const settling = new Map();
  const later = ({ measurement }) => {
    clearTimeout(settling.get(measurement.uid));
    settling.set(measurement.uid, setTimeout(tellOne, SETTLE_MS, measurementService, measurement.uid));
  };
  measurementService.subscribe(MEASUREMENT_ADDED, later);
  measurementService.subscribe(MEASUREMENT_UPDATED, later);
  measurementService.subscribe(MEASUREMENT_REMOVED, ({ measurement }) =>
    tell("viewer:measurement-gone", { uid: measurement.uid ?? measurement }),
  );
  // With other labels another level may be the nearest one.
  onChange(() => measurementService.getMeasurements().forEach((measurement) => later({ measurement })));
}

const said = new Map(); // uid -> what the report was told last

function tellOne(measurementService, uid) {
  const measurement = measurementService.getMeasurement(uid);
  const place = placeOf(measurement?.referencedImageId);
  const lines = measurement?.displayText?.primary ?? [];
  const [, value, unit] = VALUE.exec(lines.join(" ")) ?? [];
  if (!place || !unit) return;
  const told = {
    ...place,
    value: Number(value),
    unit: UNITS[unit] ?? unit,
    text: [measurement.label || measurement.toolName, `${value} ${UNITS[unit] ?? unit}`].join(" "),
    level: levelAt(planeOf(measurement.referencedImageId), centre(measurement.points)),
  };
  const spelled = JSON.stringify(told);
  if (said.get(uid) === spelled) return;
  said.set(uid, spelled);
  tell("viewer:measurement", { uid, ...told });
}

function centre(points = []) {
  if (!points.length) return null;
  return [0, 1, 2].map((axis) => points.reduce((total, point) => total + point[axis], 0) / points.length);
}
