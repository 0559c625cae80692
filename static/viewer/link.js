/**
 * The viewer's line to the report page and to a second window of the same case.
 *
 * Messages, each with `case`:
 * - `viewer:ready`
 * - `viewer:key-image` {id, series, sop, frame, window: {centre, width}, measurements: [text], png}
 * - `viewer:key-image-saved` {id, ok}, the report's answer
 * - `viewer:take`: the report asks for a key image of the active viewport
 * - `viewer:show` {sop, frame}: the report or another window wants this image to be seen
 * - `viewer:at` {sop, frame}: this window shows another image now
 *
 * They go to the parent page when the viewer is framed, and over a BroadcastChannel named
 * `secondread-<case>` otherwise, so that report and images may lie on two screens.
 */

export const caseCode = new URLSearchParams(location.search).get("case");
const channel = new BroadcastChannel(`secondread-${caseCode}`);
const framed = window.parent !== window;

export function tell(type, detail = {}) {
  const message = { type, case: caseCode, ...detail };
  if (framed) window.parent.postMessage(message, location.origin);
  channel.postMessage(message);
}

/** Call `handler` for each message of `type` that concerns this case. */
export function listen(type, handler) {
  const check = (data) => {
    if (data?.type === type && data.case === caseCode) handler(data);
  };
  channel.addEventListener("message", (event) => check(event.data));
  window.addEventListener("message", (event) => {
    if (event.origin === location.origin && event.source === window.parent) check(event.data);
  });
}
