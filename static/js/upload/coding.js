// The lossless codings of a file on its way to us. The server's half is imaging/coding.py.
import { UNCOMPRESSED, findPixels } from "./dicom.js";
import { sha256 } from "./digest.js";
import { encode } from "./jpegls.js";

const MOST_LINES = 65535;
const CODERS = { "jpeg-ls": jpegLs, deflate: (bytes) => deflate(bytes) };

/** The frames one below the other as one picture, and the rest of the file deflated; null where that does not fit. */
async function jpegLs(bytes, report) {
  const pixels = findPixels(bytes, report);
  if (!pixels || report.rows * report.frames > MOST_LINES) return null;
  const samples = new Uint16Array(bytes.slice(pixels.start, pixels.end).buffer);
  const [[span, least]] = [samples, new Int16Array(samples.buffer)].map(range).sort((a, b) => a[0] - b[0]);
  for (let i = 0; i < samples.length; i++) samples[i] -= least;
  const stream = encode(samples, report.columns, Math.max(8, 32 - Math.clz32(span)));
  if (!stream) return null;
  const rest = await deflate(bytes.subarray(0, pixels.start), bytes.subarray(pixels.end));
  const head = Uint32Array.of(pixels.start, least & 0xffff, stream.length);
  return new Uint8Array(await new Blob([head, stream, rest]).arrayBuffer());
}

/** How far apart the values are, and the least of them. */
function range(values) {
  let [least, largest] = [values[0], values[0]];
  for (const value of values) {
    if (value < least) least = value;
    else if (value > largest) largest = value;
  }
  return [largest - least, least];
}

async function deflate(...parts) {
  const stream = new Blob(parts).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** By the first coding that makes the file smaller; pixels that are compressed already travel as they are. */
export async function pack(bytes, report) {
  const raw = { coding: "raw", data: bytes, rawLength: bytes.length, sha256: await sha256(bytes) };
  if (!UNCOMPRESSED.has(report.transferSyntax)) return raw;
  for (const [coding, code] of Object.entries(CODERS)) {
    const data = await code(bytes, report);
    if (data?.length < bytes.length) return { ...raw, coding, data };
  }
  return raw;
}
