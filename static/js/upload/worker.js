// Reads headers, opens archives and packs files, away from the page so that it never freezes.
import { pack } from "./coding.js";
import { sha256 } from "./digest.js";
import { examine } from "./headers.js";
import { readAll } from "./source.js";
import { thumbnail } from "./thumbnail.js";

// What only some discs hold is read by modules that are loaded when it is met.
const JOBS = {
  greet: () => true,
  examine: ({ source }) => examine(source),
  listZip: async ({ source, password }) => (await import("./zip.js")).listZip(source.blob, password),
  listIso: async ({ source }) => (await import("./iso.js")).listIso(source.blob),
  thumbnail: ({ source, report }) => thumbnail(source, report),
  read: async ({ source }) => ({ data: await readAll(source) }),
  digest: async ({ source }) => sha256(await readAll(source)),
  pack: async ({ source, report }) => pack(await readAll(source), report),
};

self.onmessage = async ({ data: { job, ...details } }) => {
  try {
    const result = await JOBS[job](details);
    const transfer = result?.data instanceof Uint8Array ? [result.data.buffer] : [];
    self.postMessage({ result }, transfer);
  } catch (error) {
    // A DOMException has a numeric code; its name says more, for example NotReadableError.
    self.postMessage({ failure: typeof error.code === "string" ? error.code : error.name });
  }
};
