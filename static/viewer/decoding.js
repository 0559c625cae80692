/**
 * Each worker's decoder begins once.
 *
 * The worker of the package compiles its decoder (2 MB) anew for every frame that reaches it before
 * its first one is done. When a page drawn ahead is seen, the frames of the whole first layout reach
 * it together. So each worker gets one frame first; all others wait until those are decoded.
 */

const WORKER = "dicomImageLoader";
let isWatched = false;

export function beginOnce(manager) {
  if (isWatched) return;
  isWatched = true;
  const execute = manager.executeTask;
  const first = [];
  manager.executeTask = (worker, ...task) => {
    const go = () => execute.call(manager, worker, ...task);
    if (worker !== WORKER) return go();
    if (first.length >= manager.workerRegistry[WORKER].loadCounters.length) return Promise.all(first).then(go);
    const decoded = go();
    first.push(decoded.catch(() => {})); // its caller hears of it
    return decoded;
  };
}
