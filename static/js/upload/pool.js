// A few workers that share the work of the page.
import { SourceError } from "./source.js";

const MOST = 4;

export class Pool {
  #idle;
  #waiting = [];

  /** @param {string} workerUrl */
  constructor(workerUrl, size = Math.min(MOST, Math.max(2, (navigator.hardwareConcurrency || 2) - 1))) {
    this.size = size;
    this.#idle = Array.from({ length: size }, () => new Worker(workerUrl, { type: "module" }));
  }

  #release(worker) {
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
  }

  /** @param {{job: string}} task what worker.js does; the failure of a file is a SourceError */
  async run(task) {
    const worker = this.#idle.pop() ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { result, failure } }) => {
        this.#release(worker);
        if (failure) reject(new SourceError(failure));
        else resolve(result);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new SourceError("worker")); // its modules do not run: it will never answer
      };
      worker.postMessage(task);
    });
  }

  /** Fails where the browser does not run module workers. */
  ready() {
    return Promise.all(Array.from({ length: this.size }, () => this.run({ job: "greet" })));
  }
}
