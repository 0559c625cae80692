const AGAIN_MS = 20;

/** Wait until `isSo()`, for `ms` at most. Resolves to whether it came to be. */
export async function until(isSo, ms) {
  const last = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > last) return false;
    await new Promise((resume) => setTimeout(resume, AGAIN_MS));
  }
  return true;
}
