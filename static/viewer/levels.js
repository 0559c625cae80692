/**
 * The level labels of the spine: points that the reader set, and what follows from them.
 *
 * A point has a name, of a vertebra ("L4") or of the disc between two ("L4-L5"), and a position in
 * mm in the patient's coordinates (LPS), valid in one frame of reference and so in all its series.
 */

import { listen, tell } from "./link.js";

/** An axial slice or a position farther than this from every disc belongs to no level. */
const FAR_MM = 25;
const DEFAULT_NAMES = ["T12", "L1", "L2", "L3", "L4", "L5", "S1"];

let state = { frame: "", points: [] };
let names = DEFAULT_NAMES;
const watchers = new Set();

export const labels = () => state;
/** The vertebrae of this patient, from above to below; the report knows how many there are. */
export const vertebrae = () => names;
export const discs = () => names.slice(1).map((name, index) => `${names[index]}-${name}`);
export const onChange = (watcher) => watchers.add(watcher);

function adopt(next) {
  state = next;
  for (const watcher of watchers) watcher();
}

/** Replace the labels here, in the other windows and in the report. */
export function change(next) {
  adopt(next);
  tell("viewer:levels", next);
}

listen("viewer:levels", ({ frame, points, names: told }) => {
  if (told) names = told;
  adopt({ frame, points });
});

// --- What follows from the points

const sum = (a, b) => a.map((value, axis) => value + b[axis]);
const less = (a, b) => a.map((value, axis) => value - b[axis]);
const dot = (a, b) => a.reduce((total, value, axis) => total + value * b[axis], 0);
const middle = (a, b) => sum(a, b).map((value) => value / 2);
export const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];

/** Every place whose position is known: the points, and what lies half-way between two of them. */
export function places() {
  const set = new Map(state.points.map(({ name, at }) => [name, at]));
  const known = new Map(set);
  const between = (name, one, other) => {
    if (!set.has(name) && set.has(one) && set.has(other)) known.set(name, middle(set.get(one), set.get(other)));
  };
  for (const disc of discs()) between(disc, ...disc.split("-"));
  discs().forEach((disc, index) => between(names[index + 1], disc, discs()[index + 1]));
  return known;
}

/** The plane of an image: origin and unit normal (LPS), and its frame of reference. */
export function planeOf(imageId) {
  const plane = window.cornerstone.metaData.get("imagePlaneModule", imageId);
  if (!plane?.rowCosines || !plane.imagePositionPatient) return null;
  const normal = cross([...plane.rowCosines], [...plane.columnCosines]);
  const [x, y, z] = normal.map(Math.abs);
  const view = x >= y && x >= z ? "sagittal" : z >= y || z > 0.5 ? "axial" : "coronal";
  return { origin: [...plane.imagePositionPatient], normal, view, frame: plane.frameOfReferenceUID };
}

/** The disc nearest to an axial image, or to a position on any other image; "" where none is near. */
export function levelAt(plane, position) {
  if (!plane || plane.frame !== state.frame) return "";
  const distance = ([, at]) => {
    if (plane.view === "axial") return Math.abs(dot(plane.normal, less(at, plane.origin)));
    const way = less(at, position);
    const depth = dot(plane.normal, way);
    return Math.hypot(...less(way, plane.normal.map((value) => value * depth)));
  };
  if (plane.view !== "axial" && !position) return "";
  const near = [...places()]
    .filter(([name]) => name.includes("-"))
    .map((place) => [place[0], distance(place)])
    .sort(([, one], [, other]) => one - other)[0];
  return near && near[1] <= FAR_MM ? near[0] : "";
}
