// A few workers that share the work of the page.
import { SourceError } from "./source.js";

const MOST = 4;

export class Pool {
  #idle = [];
  #waiting = [];
  #answers = new Map();
  #nextId = 0;

  /** @param {string} workerUrl */
  constructor(workerUrl, size = Math.min(MOST, Math.max(2, (navigator.hardwareConcurrency || 2) - 1))) {
    this.size = size;
    for (let i = 0; i < size; i++) this.#start(workerUrl);
  }

  #start(workerUrl) {
    const worker = new Worker(workerUrl, { type: "module" });
    worker.onmessage = ({ data: { id, result, failure } }) => {
      const answer = this.#answers.get(id);
      this.#answers.delete(id);
      this.#release(worker);
      if (failure) answer.reject(new SourceError(failure));
      else answer.resolve(result);
    };
    this.#idle.push(worker);
  }

  #release(worker) {
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
  }

  /** @param {{job: string}} task what worker.js does; the failure of a file is a SourceError */
  async run(task) {
    const worker = this.#idle.pop() ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      worker.postMessage({ id, ...task });
    });
  }
}
