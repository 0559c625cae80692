/**
 * Which image a canvas shows. Cornerstone names the one that is wanted, from the moment it is asked for; until that has been
 * loaded and drawn, another one is on view.
 */

/** The id of the image whose picture and place a viewport has; undefined while it has none. */
export const imageOn = (viewport) => viewport?.getCornerstoneImage?.()?.imageId;

const drawn = new WeakMap(); // the viewport's element -> the image that was drawn last, and whether its drawings were, too

export function watchCanvases({ cornerstoneViewportService }) {
  const note = ({ target, detail }) => {
    const imageId = imageOn(cornerstoneViewportService.getCornerstoneViewport(detail.viewportId));
    if (drawn.get(target)?.imageId === imageId) return;
    const picture = { imageId, isWhole: false };
    drawn.set(target, picture);
    // The layer of the drawings follows in the next frame: until then it holds those of the image before.
    requestAnimationFrame(() => requestAnimationFrame(() => Object.assign(picture, { isWhole: true })));
  };
  window.addEventListener("CORNERSTONE_IMAGE_RENDERED", note, { capture: true });
}

export function isOnView(viewport) {
  const { imageId, isWhole } = drawn.get(viewport.element) ?? {};
  return isWhole && imageId === viewport.getCurrentImageId();
}
