// Sends the bundles of a plan: packed and signed ahead, several at a time, again when something goes wrong.
import { UnreadError, packBundle } from "./packing.js";
import { TransportError, backOff, put } from "./transport.js";

/** How many bundles are on the line at once. */
export const LANES = 4;
/** So many wait beside the line, packed and signed, that it never waits for them. */
const AHEAD = 3;
/** The plan waits so long for the first bundles, to take their declarations along. */
const PACKED_WITHIN_MS = 100;
const MOST_REFUSALS = 6;

export class Sending {
  #controller = new AbortController();
  #made = new Map();
  #onTheWay = new Map();
  #resumed = null;
  #next = 0;

  /** What `onTrouble` is told is tried again. */
  constructor({ desk, bundles, pool, onProgress, onTrouble }) {
    Object.assign(this, { desk, bundles, pool, onProgress, onTrouble });
    this.landed = new Set();
    this.leftOut = new Set();
  }

  /** Plan the upload. What is packed by now is declared with it, and needs no way to the portal of its own. */
  async open(plan) {
    const late = new Promise((resolve) => setTimeout(resolve, PACKED_WITHIN_MS));
    const first = this.bundles.slice(0, LANES).map((_, number) => this.#pack(number));
    const declared = await Promise.all(
      first.map(({ packed }) => Promise.race([packed.then(({ index }) => index, () => null), late])),
    );
    const { upload, landed, tickets } = await this.desk.plan({ ...plan, declared });
    this.upload = upload;
    this.landed = new Set(landed);
    first.forEach((made, number) => (made.ticket = tickets[number]));
  }

  /**
   * Send all that is missing, then have the whole checked; what the check misses is sent again.
   * @param {boolean} leaveOut go on without files that cannot be read; else an UnreadError names them at the end
   */
  async run(leaveOut = false) {
    this.leaveOut = leaveOut;
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
    const unread = [];
    let failure = null;
    const lane = async () => {
      for (let number = this.#takeNext(); number !== null && !failure; number = this.#takeNext()) {
        try {
          await this.#patiently(() => this.#send(number));
          this.landed.add(number);
          this.#report();
        } catch (error) {
          if (error instanceof UnreadError) unread.push(...error.images);
          else failure ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    this.#made.clear();
    if (failure) throw failure;
    if (unread.length > 0) throw new UnreadError(unread);
  }

  #takeNext() {
    while (this.landed.has(this.#next)) this.#next++;
    if (this.#next >= this.bundles.length) return null;
    return this.#next++;
  }

  /** Make what comes next; only once something is on the line, so that the first are not kept waiting. */
  #makeAhead() {
    const end = Math.min(this.#next + AHEAD, this.bundles.length);
    for (let ahead = this.#next; ahead < end; ahead++) if (!this.landed.has(ahead)) this.#make(ahead);
  }

  #pack(number) {
    let made = this.#made.get(number);
    if (!made) {
      made = { packed: packBundle(this.bundles[number], this.pool, this.leaveOut), ticket: null };
      this.#made.set(number, made);
    }
    return made;
  }

  /** Pack a bundle and have its signature; what went wrong is made anew when it is asked for again. */
  #make(number) {
    const made = this.#pack(number);
    if (!made.ticket) {
      made.ticket = made.packed.then(({ index }) => this.desk.bundle(this.upload, number, index));
      made.ticket.catch(() => {}); // the lane that awaits it hears of it
    }
    return made;
  }

  async #send(number) {
    const made = this.#make(number);
    try {
      const { body, unread } = await made.packed;
      const ticket = await made.ticket;
      if (!ticket.landed) await this.#put(number, ticket, body);
      for (const image of unread) this.leftOut.add(image);
      this.#made.delete(number);
    } catch (error) {
      made.ticket = null; // a signature may have run out
      if (error instanceof UnreadError) this.#made.delete(number);
      throw error;
    }
  }

  async #put(number, ticket, body) {
    await this.#resumed?.promise; // a pause that came while this was packed or signed
    try {
      const sent = put(ticket, body, {
        signal: this.#controller.signal,
        onProgress: (bytes) => {
          this.#onTheWay.set(number, bytes / body.size);
          this.#report();
        },
      });
      this.#makeAhead();
      await sent;
    } catch (error) {
      if (error.status !== 412) throw error; // 412: an earlier try did arrive, only its answer was lost
    } finally {
      this.#onTheWay.delete(number);
    }
    // So that it is prepared meanwhile. Nobody waits for this: completing looks into the store itself.
    this.desk.landed(this.upload, number).catch(() => {});
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

function deferred() {
  const result = {};
  result.promise = new Promise((resolve) => {
    result.resolve = resolve;
  });
  return result;
}
