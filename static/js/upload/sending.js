// Sends the bundles of a plan: packed ahead, several at a time, again when something goes wrong.
import { sha256 } from "./coding.js";
import { TransportError, backOff, put } from "./transport.js";

const LANES = 4;
const PACKED_AHEAD = 2;
const MOST_REFUSALS = 6;

export class Sending {
  #controller = new AbortController();
  #packed = new Map();
  #onTheWay = new Map();
  #resumed = null;
  #next = 0;

  /**
   * @param {object} options
   * @param {import("./transport.js").Desk} options.desk
   * @param {string} options.upload the upload's id
   * @param {Array} options.bundles of plan.js
   * @param {number[]} options.landed numbers of the bundles that are there already
   * @param {import("./pool.js").Pool} options.pool
   * @param {(pictures: number, bytes: number) => void} options.onProgress what has been sent so far
   * @param {(code: string) => void} options.onTrouble a passing trouble; it is tried again
   */
  constructor({ desk, upload, bundles, landed, pool, onProgress, onTrouble }) {
    Object.assign(this, { desk, upload, bundles, pool, onProgress, onTrouble });
    this.landed = new Set(landed);
  }

  /** Send all that is missing, then have the whole checked; what the check misses is sent again. */
  async run() {
    this.#report();
    for (let attempt = 0; ; attempt++) {
      await this.#sendMissing();
      try {
        return await this.#patiently(() => this.desk.complete(this.upload));
      } catch (error) {
        if (error.code !== "missing" || attempt >= MOST_REFUSALS) throw error;
        for (const number of error.details.missing) this.landed.delete(number);
      }
    }
  }

  pause() {
    this.#resumed ??= deferred();
    this.#controller.abort();
  }

  resume() {
    this.#controller = new AbortController();
    this.#resumed?.resolve();
    this.#resumed = null;
  }

  async #sendMissing() {
    this.#next = 0;
    let failure = null;
    const lane = async () => {
      for (let number = this.#takeNext(); number !== null && !failure; number = this.#takeNext()) {
        await this.#deliver(number).catch((error) => {
          failure ??= error;
        });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    if (failure) throw failure;
  }

  async #deliver(number) {
    try {
      await this.#patiently(() => this.#sendOnce(number));
      this.landed.add(number);
    } finally {
      this.#packed.delete(number);
    }
    this.#report();
  }

  #takeNext() {
    while (this.#next < this.bundles.length && this.landed.has(this.#next)) this.#next++;
    if (this.#next >= this.bundles.length) return null;
    const number = this.#next++;
    for (let ahead = number; ahead <= number + PACKED_AHEAD && ahead < this.bundles.length; ahead++) {
      if (!this.landed.has(ahead)) this.#pack(ahead);
    }
    return number;
  }

  #pack(number) {
    if (!this.#packed.has(number)) {
      const packing = packBundle(this.bundles[number], this.pool);
      packing.catch(() => {}); // the lane that awaits it hears of it
      this.#packed.set(number, packing);
    }
    return this.#packed.get(number);
  }

  async #sendOnce(number) {
    const { body, index } = await this.#pack(number);
    const ticket = await this.desk.bundle(this.upload, number, index);
    if (ticket.landed) return;
    try {
      await put(ticket, body, {
        signal: this.#controller.signal,
        onProgress: (bytes) => {
          this.#onTheWay.set(number, bytes / body.size);
          this.#report();
        },
      });
    } catch (error) {
      if (error.status !== 412) throw error; // 412: an earlier try did arrive, only its answer was lost
    } finally {
      this.#onTheWay.delete(number);
    }
    await this.desk.landed(this.upload, number);
  }

  /** Try until it works, or until a trouble is final. */
  async #patiently(step) {
    let refusals = 0;
    for (let attempt = 0; ; attempt++) {
      await this.#resumed?.promise;
      try {
        return await step();
      } catch (error) {
        if (error.code === "paused") continue;
        const isRefusal = error.status >= 400 && error.status < 500;
        refusals += isRefusal ? 1 : 0;
        if (!(error instanceof TransportError) || error.isFinal || error.code === "missing") throw error;
        if (refusals >= MOST_REFUSALS) throw error;
        this.onTrouble(error.code);
        await backOff(attempt, error);
      }
    }
  }

  #report() {
    let [pictures, bytes] = [0, 0];
    this.bundles.forEach((bundle, number) => {
      const share = this.landed.has(number) ? 1 : (this.#onTheWay.get(number) ?? 0);
      pictures += share * bundle.pictures;
      bytes += share * bundle.bytes;
    });
    this.onProgress(pictures, bytes);
  }
}

/** The payloads one behind the other, and the index that tells where each one lies. */
export async function packBundle(bundle, pool) {
  const packed = await Promise.all(
    bundle.images.map(({ source, report }) => pool.run({ job: "pack", source, report })),
  );
  const body = new Blob(packed.map(({ data }) => data));
  let offset = 0;
  const entries = packed.map(({ data, rawLength, coding, sha256: digest }) => {
    const entry = { offset, length: data.length, raw_length: rawLength, sha256: digest, coding };
    offset += data.length;
    return entry;
  });
  const digest = await sha256(await body.arrayBuffer());
  return { body, index: { size: body.size, sha256: digest, index: entries } };
}

function deferred() {
  const result = {};
  result.promise = new Promise((resolve) => {
    result.resolve = resolve;
  });
  return result;
}
