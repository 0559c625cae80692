/**
 * A click takes effect before the key that follows it.
 *
 * Cornerstone keeps a click back for 400 ms, or until the pointer moves on over the picture: it may become two. A key would
 * overtake it: the click that chose a viewport would begin a line once `d` has chosen the tool.
 */

/** What Cornerstone says once it has let a click go. */
const LET_GO = ["CLICK", "UP", "DOUBLE_CLICK"].map((name) => `CORNERSTONE_TOOLS_MOUSE_${name}`);
/** After a move of more than 3 pixels Cornerstone waits for no second click. */
const MOVE_PX = 4;

export function clickBeforeKey() {
  let kept = null;
  const options = { capture: true }; // before the viewer's own listeners
  window.addEventListener("mouseup", (event) => (kept = event), options);
  for (const type of LET_GO) window.addEventListener(type, () => (kept = null), options);
  const letGo = () => {
    if (!kept) return;
    const { target, clientX, clientY } = kept;
    kept = null;
    target.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX: clientX + MOVE_PX, clientY }));
  };
  window.addEventListener("keydown", letGo, options);
}
