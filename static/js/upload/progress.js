// How far it is, and how long it will take: never backwards, and no figure before it means something.

const WINDOW_MS = 20000;
const SETTLE_MS = 3000;

export class Progress {
  #samples = [];
  #pictures = 0;

  /** @param {number} totalPictures @param {number} totalBytes @param {() => number} now in milliseconds */
  constructor(totalPictures, totalBytes, now = () => performance.now()) {
    Object.assign(this, { totalPictures, totalBytes, now });
  }

  update(pictures, bytes) {
    const at = this.now();
    this.#pictures = Math.max(this.#pictures, Math.floor(pictures + 1e-6));
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && at - this.#samples[0].at > WINDOW_MS) this.#samples.shift();
    return {
      pictures: this.#pictures,
      share: this.#pictures / this.totalPictures,
      secondsLeft: this.#secondsLeft(at, bytes),
    };
  }

  #secondsLeft(at, bytes) {
    const [first] = this.#samples;
    const [time, sent] = [at - first.at, bytes - first.bytes];
    return time < SETTLE_MS || sent <= 0 ? null : ((this.totalBytes - bytes) * time) / sent / 1000;
  }
}
