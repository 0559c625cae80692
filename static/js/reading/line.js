/**
 * The report's line to the viewer, framed here or in a window of its own: a BroadcastChannel named
 * `secondread-<case>`. The messages are listed at the head of static/viewer/link.js.
 */

import "./opening.js";

const code = document.querySelector("[data-case]").dataset.case;
const channel = new BroadcastChannel(`secondread-${code}`);

export function tell(type, detail = {}) {
  channel.postMessage({ type, case: code, ...detail });
}

/** Call `handler` for each message of `type` about this case. */
export function listen(type, handler) {
  channel.addEventListener("message", ({ data }) => {
    if (data?.type === type && data.case === code) handler(data);
  });
}

/** Do what a viewer asks for with `type`: tell it that this is under way, and then whether it was stored. */
export function answer(type, handler) {
  listen(type, async ({ id, ...message }) => {
    tell("viewer:storing", { id });
    tell("viewer:stored", { id, ok: await handler(message) });
  });
}

// The case on view, for viewers in windows of their own: one of another case covers its images.
const readers = new BroadcastChannel("secondread-reader");
const sayOnView = () => document.hidden || readers.postMessage({ type: "report:on-view", case: code });
readers.addEventListener("message", ({ data }) => data?.type === "viewer:which" && sayOnView());
for (const type of ["focus", "pageshow"]) addEventListener(type, sayOnView);
document.addEventListener("visibilitychange", sayOnView);
sayOnView();
