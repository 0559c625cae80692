/**
 * The viewer's line to the report page and to a second window of the same case.
 *
 * Messages, each with `case`:
 * - `viewer:ready`: the viewer wants to know the level labels and the drawings
 * - `viewer:key-image` {id, series, sop, frame, window: {centre, width}, measurements: [text], png}
 * - `viewer:keep` {id}: what was said is to be stored now
 * - `viewer:storing` {id}: the report has heard one of the two before and works on it
 * - `viewer:stored` {id, ok}: its answer
 * - `viewer:take`: the report asks for a key image of the active viewport
 * - `viewer:show` {series, sop, frame, window}: the report or another window wants this image to be
 *   seen, with this window if one is given
 * - `viewer:at` {series, sop, frame}: this window shows another image now
 * - `viewer:levels` {frame, points: [{name, at}], names}: the level labels, from whoever changed them
 * - `viewer:level` {level}: the level that the active image is at, "" where none is near
 * - `viewer:measurement` {uid, text, value, unit, level, series, sop, frame, drawing}: new or changed;
 *   `drawing` is its geometry (drawings.js), `unit` "" and `value` null where nothing is measured
 * - `viewer:measurement-gone` {uid}
 * - `viewer:drawings` {rows}: all measurements that the report keeps
 * - `viewer:accept`: the reader takes the latest measurement into the report
 *
 * They go over a BroadcastChannel named `secondread-<case>`, so that report and images may lie on
 * two screens.
 */

/** A report that is open says so within this time; to send a picture over a slow line lasts longer. */
const ANSWER_MS = 5000;
const STORE_MS = 120_000;

export const caseCode = new URLSearchParams(location.search).get("case");
const channel = new BroadcastChannel(`secondread-${caseCode}`);
const waiting = new Map();

export function tell(type, detail = {}) {
  channel.postMessage({ type, case: caseCode, ...detail });
}

/** Call `handler` for each message of `type` that concerns this case. */
export function listen(type, handler) {
  channel.addEventListener("message", ({ data }) => {
    if (data?.type === type && data.case === caseCode) handler(data);
  });
}

listen("viewer:storing", ({ id }) => waiting.get(id)?.wait(STORE_MS));
listen("viewer:stored", ({ id, ok }) => waiting.get(id)?.finish(ok));

/** Ask the report to store something; resolves to whether it did, false when no report is open. */
export function ask(type, detail = {}) {
  const id = crypto.randomUUID();
  return new Promise((resolve) => {
    let timer = 0;
    const finish = (ok) => {
      clearTimeout(timer);
      waiting.delete(id);
      resolve(ok);
    };
    const wait = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(finish, ms, false);
    };
    waiting.set(id, { wait, finish });
    wait(ANSWER_MS);
    tell(type, { id, ...detail });
  });
}
