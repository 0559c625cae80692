/** Fetches the previews of one series, nearest to the slice being looked at first. */

const PARALLEL = 6;

export class StackLoader {
  #urls;
  #bitmaps = new Map();
  #running = new Set();
  #failed = new Set();
  #centre = 0;
  #onLoad;
  #aborter = new AbortController();

  /**
   * @param {string[]} urls one address per slice
   * @param {(index: number, failed: boolean) => void} onLoad told when a slice is there or given up
   */
  constructor(urls, onLoad) {
    this.#urls = urls;
    this.#onLoad = onLoad;
  }

  /** The picture of a slice, or null when it is not there yet. */
  bitmap(index) {
    return this.#bitmaps.get(index) ?? null;
  }

  hasFailed(index) {
    return this.#failed.has(index);
  }

  get loaded() {
    return this.#bitmaps.size;
  }

  /** Look at `index`: it is fetched next, then its neighbours on both sides. */
  lookAt(index) {
    this.#centre = index;
    this.#failed.delete(index);
    this.#fill();
  }

  close() {
    this.#aborter.abort();
    for (const bitmap of this.#bitmaps.values()) bitmap.close();
    this.#bitmaps.clear();
  }

  #fill() {
    while (this.#running.size < PARALLEL) {
      const next = this.#nextMissing();
      if (next === null) return;
      this.#fetch(next);
    }
  }

  #nextMissing() {
    for (let distance = 0; distance < this.#urls.length; distance += 1) {
      for (const index of [this.#centre + distance, this.#centre - distance]) {
        const known = this.#bitmaps.has(index) || this.#running.has(index) || this.#failed.has(index);
        if (index >= 0 && index < this.#urls.length && !known) return index;
      }
    }
    return null;
  }

  async #fetch(index) {
    this.#running.add(index);
    try {
      const response = await fetch(this.#urls[index], { signal: this.#aborter.signal });
      if (!response.ok) throw new Error(String(response.status));
      const bitmap = await createImageBitmap(await response.blob());
      if (this.#aborter.signal.aborted) return bitmap.close();
      this.#bitmaps.set(index, bitmap);
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      this.#failed.add(index);
    } finally {
      this.#running.delete(index);
    }
    this.#onLoad(index, this.#failed.has(index));
    this.#fill();
    return undefined;
  }
}
