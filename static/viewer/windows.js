/** Window presets for MR, relative to the window that was stored with the image. */

const stored = new Map(); // viewport and series -> the window as it was first shown

/** Set the active viewport's window to the stored one, scaled in width and moved by a share of it. */
export function setWindow({ viewportGridService, cornerstoneViewportService }, { width = 1, shift = 0 }) {
  const id = viewportGridService.getActiveViewportId();
  const viewport = cornerstoneViewportService.getCornerstoneViewport(id);
  if (!viewport) return;
  const key = `${id} ${viewport.getImageIds()[0]}`;
  if (!stored.has(key)) stored.set(key, { ...viewport.getProperties().voiRange });
  const { lower, upper } = stored.get(key);
  const span = upper - lower;
  const centre = (lower + upper) / 2 + shift * span;
  viewport.setProperties({
    voiRange: { lower: centre - (width * span) / 2, upper: centre + (width * span) / 2 },
  });
  viewport.render();
}
