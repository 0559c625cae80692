/** What a drawing measures: read from the words that the viewer computed for it as it was drawn. */

const VALUE = /(-?\d+(?:\.\d+)?)\s*(mm²|mm2|mm|°|deg)/;
const UNITS = { mm2: "mm²", deg: "°" };
const WITHOUT_VALUE = new Set(["ArrowAnnotate", "Probe"]);

const linesOf = (measurement) => measurement.displayText?.primary ?? [];

/** Value and unit of a measurement, and both as text ("12.0 mm"); null while it is not computed. */
export function readingOf(measurement) {
  const [, digits, found] = VALUE.exec(linesOf(measurement).join(" ")) ?? [];
  const unit = UNITS[found] ?? found;
  if (unit) return { value: Number(digits), unit, spelled: `${digits} ${unit}` };
  return WITHOUT_VALUE.has(measurement.toolName) ? { value: null, unit: "", spelled: "" } : null;
}

/** A measurement as a line of text: its label or tool, and all that it measures. */
export const wordsOf = (measurement) => [nameOf(measurement), ...linesOf(measurement)].join(" ");

export const nameOf = ({ label, toolName }) => label || toolName;

/** Whether the viewer has computed what a drawing measures as it stands now: it does so when it draws, which is later than it moves. */
export function isComputed(measurement) {
  const drawn = window.cornerstoneTools.annotation.state.getAnnotation(measurement.uid);
  return WITHOUT_VALUE.has(measurement.toolName) || (!drawn?.invalidated && readingOf(measurement) !== null);
}
