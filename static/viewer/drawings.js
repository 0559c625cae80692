/** The geometry of a drawing: taken from the viewer, and drawn again on the slice it came from. */

import { placeOf } from "./key-images.js";
import { planeOf } from "./levels.js";

/** How many points a finished drawing has; the report takes no others (cases/report_drawings.py). */
const POINTS = {
  Length: 2,
  Bidirectional: 4,
  Angle: 3,
  CobbAngle: 4,
  ArrowAnnotate: 2,
  EllipticalROI: 4,
  CircleROI: 2,
  RectangleROI: 4,
  Probe: 1,
};

const state = () => window.cornerstoneTools.annotation.state;
const numbers = (position) => Array.from(position, Number);

/** Tool, points in mm (LPS) of a frame of reference and how it was seen; null while it is not finished. */
export function shapeOf(uid) {
  const { metadata, data } = state().getAnnotation(uid) ?? {};
  const { points, textBox } = data?.handles ?? {};
  if (!points || points.length !== POINTS[metadata.toolName]) return null;
  return {
    tool: metadata.toolName,
    label: data.label ?? "",
    reference: metadata.FrameOfReferenceUID,
    points: points.map(numbers),
    normal: numbers(metadata.viewPlaneNormal ?? []),
    up: numbers(metadata.viewUp ?? []),
    box: textBox?.hasMoved ? numbers(textBox.worldPosition) : null,
  };
}

/** Draw it, or move what is drawn. Says whether it is there: its series may not have come yet. */
export function draw({ displaySetService, cornerstoneViewportService }, dataSource, row) {
  const imageId = imageOf(displaySetService, dataSource, row);
  if (!imageId) return false;
  const { tool, reference, normal, up } = row.drawing;
  if (planeOf(imageId)?.frame !== reference) return true; // its millimetres mean another place here
  const drawn = state().getAnnotation(row.uid);
  if (drawn) {
    Object.assign(drawn, { invalidated: true });
    Object.assign(drawn.data, dataOf(row.drawing), { cachedStats: drawn.data.cachedStats });
  } else {
    const metadata = { toolName: tool, FrameOfReferenceUID: reference, referencedImageId: imageId };
    Object.assign(metadata, { viewPlaneNormal: normal, viewUp: up });
    const looks = { highlighted: false, isLocked: false, isVisible: true, invalidated: true };
    state().addAnnotation({ annotationUID: row.uid, metadata, ...looks, data: dataOf(row.drawing) }, reference);
  }
  const engine = cornerstoneViewportService.getRenderingEngine();
  const shown = engine?.getViewports().map(({ id }) => id) ?? [];
  window.cornerstoneTools.utilities.triggerAnnotationRenderForViewportIds(shown);
  return true;
}

function dataOf({ tool, label, points, box }) {
  const textBox = { hasMoved: box !== null, ...(box && { worldPosition: box }), worldBoundingBox: {} };
  const handles = { points, textBox, activeHandleIndex: null, ...(tool === "ArrowAnnotate" && { arrowFirst: true }) };
  return { label, handles, cachedStats: {} };
}

/** The image of the viewer that a row names, or undefined while its series is not there. */
function imageOf(displaySetService, dataSource, { series, sop, frame }) {
  return displaySetService
    .getDisplaySetsForSeries(series)
    .flatMap((displaySet) => dataSource.getImageIdsForDisplaySet(displaySet))
    .find((imageId) => {
      const place = placeOf(imageId);
      return place?.sop === sop && place.frame === frame;
    });
}
