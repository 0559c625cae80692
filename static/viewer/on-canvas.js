/**
 * Which image a canvas shows. Cornerstone names the one that is wanted, from the moment it is asked for; until that has been
 * loaded and drawn, another one is on view.
 */

const drawn = new WeakMap(); // the viewport's element -> the image that was drawn last

export function watchCanvases({ cornerstoneViewportService }) {
  const note = ({ target, detail }) =>
    drawn.set(target, cornerstoneViewportService.getCornerstoneViewport(detail.viewportId)?.getCornerstoneImage()?.imageId);
  window.addEventListener("CORNERSTONE_IMAGE_RENDERED", note, { capture: true });
}

export const isOnView = (viewport) => drawn.get(viewport.element) === viewport.getCurrentImageId();
