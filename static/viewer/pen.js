/**
 * A line begins on the image that the reader sees.
 *
 * From the moment the next image is asked for, Cornerstone books a new drawing on that one, although the one before is on view
 * until it has come.
 */

import { viewportUnder } from "./level-marks.js";
import { imageOn } from "./on-canvas.js";
import { text } from "./words.js";

export function drawOnWhatIsSeen(services) {
  const refuse = (event) => {
    const viewport = viewportUnder(services, event);
    if (event.button || !viewport || imageOn(viewport) === viewport.getCurrentImageId() || !isPenOn(services, viewport)) return;
    event.stopImmediatePropagation();
    services.uiNotificationService.show({ title: text.measuring, message: text.stillLoading, type: "info" });
  };
  for (const type of ["mousedown", "touchstart"]) window.addEventListener(type, refuse, { capture: true });
}

function isPenOn({ toolGroupService }, viewport) {
  const group = toolGroupService.getToolGroupForViewport(viewport.id);
  const tool = group?.getToolInstance(group.getActivePrimaryMouseButtonTool());
  return tool instanceof window.cornerstoneTools.AnnotationTool;
}
