/** What this page is sending besides the draft, so that nobody leaves before it has arrived. */

const sending = new Set();

/** Count a promise among what is under way; returns it. */
export function track(promise) {
  sending.add(promise);
  const done = () => sending.delete(promise);
  promise.then(done, done);
  return promise;
}

/** Resolve, when all that is under way has ended, to whether all of it arrived. */
export async function allArrived() {
  const ended = await Promise.allSettled([...sending]);
  return ended.every(({ status }) => status === "fulfilled");
}
