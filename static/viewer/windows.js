/** Window presets for MR, relative to the window that is stored with the image. */

/** Set the active viewport's window to the stored one, scaled in width and moved by a share of it. */
export function setWindow({ viewportGridService, cornerstoneViewportService }, { width = 1, shift = 0 }) {
  const viewport = cornerstoneViewportService.getCornerstoneViewport(viewportGridService.getActiveViewportId());
  const stored = storedWith(viewport?.getCornerstoneImage());
  if (!stored) return;
  const { lower, upper } = stored;
  const span = upper - lower;
  const centre = (lower + upper) / 2 + shift * span;
  viewport.setProperties({
    voiRange: { lower: centre - (width * span) / 2, upper: centre + (width * span) / 2 },
  });
  viewport.render();
}

/** The window of an image by its header, or by its darkest and brightest pixel where it has none. */
function storedWith(image) {
  if (!image) return undefined;
  const { windowWidth, windowCenter, voiLUTFunction } = image;
  return window.cornerstone.utilities.getVOIRangeFromWindowLevel(windowWidth, windowCenter, voiLUTFunction);
}
