// How the page talks: JSON to the portal, bytes to the store. Every trouble becomes a TransportError.

import { csrfToken } from "../csrf.js";

const STALL_MS = 12000;
const ANSWER_MS = 30000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;

export class TransportError extends Error {
  /** @param {string} code a word that the page has a message for */
  constructor(code, { status = 0, isFinal = false, retryAfter = 0, details = {} } = {}) {
    super(code);
    Object.assign(this, { code, status, isFinal, retryAfter, details });
  }
}

/** The portal's upload addresses of one case. */
export class Desk {
  /** @param {string} url of the case's uploads, ending in a slash */
  constructor(url) {
    this.url = url;
  }

  attachReport = (url, file) => {
    const body = new FormData();
    body.append("file", file, "report");
    return this.#ask(url, { method: "POST", headers: { "X-CSRFToken": csrfToken() }, body });
  };
  known = (url) => this.#ask(url);
  plan = (plan) => this.#post(this.url, plan);
  bundle = (upload, number, index) => this.#post(`${this.url}${upload}/bundles/${number}/`, index);
  landed = (upload, number) => this.#post(`${this.url}${upload}/bundles/${number}/landed/`);
  complete = (upload) => this.#post(`${this.url}${upload}/complete/`);

  #post(url, body = {}) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
    return this.#ask(url, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async #ask(url, { headers, ...options } = {}) {
    const response = await fetch(url, {
      ...options,
      headers: { Accept: "application/json", ...headers },
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch(() => {
      throw new TransportError("network");
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok && !response.redirected) return answer;
    throw refusal(response, answer);
  }
}

function refusal(response, answer) {
  const { status } = response;
  if (response.redirected || status === 401) return new TransportError("signed-out", { status, isFinal: true });
  const isFinal = status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status);
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  const code = answer.error ?? (status === 403 ? "signed-out" : "server");
  return new TransportError(code, { status, isFinal, retryAfter, details: answer });
}

/** PUT with a stall timer: after 12 s without progress the connection is given up. */
export function put(ticket, body, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer;
    const expect = (milliseconds) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), milliseconds);
    };
    const fail = (code, more) => {
      clearTimeout(timer);
      reject(new TransportError(code, more));
    };
    request.open("PUT", ticket.url);
    for (const [name, value] of Object.entries(ticket.headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      expect(STALL_MS);
      onProgress(loaded);
    };
    request.upload.onload = () => expect(ANSWER_MS);
    request.onload = () => {
      const { status } = request;
      if (status < 200 || status >= 300) return fail("store", { status });
      clearTimeout(timer);
      return resolve();
    };
    request.onerror = () => fail("network");
    request.onabort = () => fail(signal.aborted ? "paused" : "stalled");
    signal.addEventListener("abort", () => request.abort(), { once: true });
    expect(STALL_MS);
    request.send(body);
  });
}

/** Wait before the next try: longer each time, never in step with others, and not while offline. */
export async function backOff(attempt, { retryAfter = 0 } = {}) {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  const milliseconds = Math.max(retryAfter * 1000, FIRST_WAIT_MS / 2 + Math.random() * longest);
  const online = new Promise((resolve) => addEventListener("online", resolve, { once: true }));
  const time = new Promise((resolve) => setTimeout(resolve, milliseconds));
  await Promise.race([online, time]);
  if (navigator.onLine === false) await Promise.race([online, new Promise((r) => setTimeout(r, LONGEST_WAIT_MS))]);
}
