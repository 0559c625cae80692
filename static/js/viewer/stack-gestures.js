/** Wheel, mouse, touch and keys on the picture, told as what the reader wants. */

const WHEEL_STEP = 60; // CSS pixels of wheel travel for one slice; a notch of a mouse gives about 100
const SWIPE_STEP = 14; // CSS pixels of a finger for one slice
const WINDOW_STEP = 0.6; // grey levels for each CSS pixel

const KEYS = {
  ArrowUp: (viewer) => viewer.step(-1),
  ArrowDown: (viewer) => viewer.step(1),
  PageUp: (viewer) => viewer.step(-5),
  PageDown: (viewer) => viewer.step(5),
  Home: (viewer) => viewer.goTo(0),
  End: (viewer) => viewer.goTo(Infinity),
  ArrowLeft: (viewer) => viewer.stepSeries(-1),
  ArrowRight: (viewer) => viewer.stepSeries(1),
  "+": (viewer) => viewer.picture.zoomBy(1.25),
  "=": (viewer) => viewer.picture.zoomBy(1.25),
  "-": (viewer) => viewer.picture.zoomBy(0.8),
  i: (viewer) => viewer.picture.invert(),
  r: (viewer) => viewer.picture.reset(),
  k: (viewer) => viewer.markKeyImage(),
};

/**
 * Listen on the picture.
 *
 * @param {HTMLElement} surface takes the focus; keys count only while it has it
 * @param {object} viewer `step`, `goTo`, `stepSeries`, `markKeyImage` and `picture`
 */
export function listen(surface, viewer) {
  listenToKeys(surface, viewer);
  listenToWheel(surface, viewer);
  listenToPointers(surface, viewer);
  surface.addEventListener("dblclick", () => viewer.picture.reset());
  surface.addEventListener("contextmenu", (event) => event.preventDefault());
}

function listenToKeys(surface, viewer) {
  surface.addEventListener("keydown", (event) => {
    const action = KEYS[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action(viewer);
  });
}

function listenToWheel(surface, viewer) {
  let travelled = 0;
  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 33 : event.deltaY;
      if (event.ctrlKey) {
        viewer.picture.zoomBy(pixels < 0 ? 1.1 : 0.9, { x: event.offsetX, y: event.offsetY });
        return;
      }
      travelled += pixels;
      const slices = Math.trunc(travelled / WHEEL_STEP);
      travelled -= slices * WHEEL_STEP;
      if (slices) viewer.step(Math.sign(slices) * Math.min(3, Math.abs(slices)));
    },
    { passive: false },
  );
}

function listenToPointers(surface, viewer) {
  const fingers = new Map();
  let swiped = 0;

  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    surface.focus({ preventScroll: true });
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    swiped = 0;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    surface.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  surface.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const moved = { x: now.x - before.x, y: now.y - before.y };
    if (fingers.size === 2) pinch(surface, viewer, fingers, event.pointerId, now);
    else if (event.pointerType === "mouse") dragMouse(viewer, event.buttons, moved);
    else swiped = swipe(viewer, moved, swiped);
    fingers.set(event.pointerId, now);
  });
}

/** Left button: brightness and contrast. Middle button or a zoomed picture's right button: move. */
function dragMouse(viewer, buttons, moved) {
  if (buttons & 1) viewer.picture.moveWindow(moved.y * WINDOW_STEP, moved.x * WINDOW_STEP);
  else viewer.picture.panBy(moved.x, moved.y);
}

/** One finger turns the pages of the stack, or moves a picture that was made larger. */
function swipe(viewer, moved, swiped) {
  if (viewer.picture.view.zoom > 1) {
    viewer.picture.panBy(moved.x, moved.y);
    return 0;
  }
  const total = swiped + moved.y;
  const slices = Math.trunc(total / SWIPE_STEP);
  if (slices) viewer.step(slices);
  return total - slices * SWIPE_STEP;
}

function pinch(surface, viewer, fingers, movedId, now) {
  const [otherId] = [...fingers.keys()].filter((id) => id !== movedId);
  const other = fingers.get(otherId);
  const before = fingers.get(movedId);
  const distance = (point) => Math.hypot(point.x - other.x, point.y - other.y);
  const box = surface.getBoundingClientRect();
  const middle = { x: (now.x + other.x) / 2 - box.left, y: (now.y + other.y) / 2 - box.top };
  viewer.picture.zoomBy(distance(now) / Math.max(1, distance(before)), middle);
  viewer.picture.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
}
