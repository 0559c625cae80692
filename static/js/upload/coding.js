// The lossless codings of a file on its way to us. The server's half is imaging/coding.py.

export const UNCOMPRESSED = new Set(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"]);

/**
 * Differences of 16-bit words, zig-zag, low bytes before high bytes. An odd last byte stays as it is.
 * @param {Uint8Array} bytes the file; its buffer offset must be even
 */
export function differences(bytes) {
  const count = bytes.length >> 1;
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  const planes = new Uint8Array(bytes.length);
  let before = 0;
  for (let i = 0; i < count; i++) {
    const step = ((words[i] - before) << 16) >> 16;
    before = words[i];
    const folded = (step << 1) ^ (step >> 15);
    planes[i] = folded & 255;
    planes[count + i] = (folded >> 8) & 255;
  }
  if (bytes.length & 1) planes[bytes.length - 1] = bytes[bytes.length - 1];
  return planes;
}

export async function deflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Which coding fits: pixels that are compressed already travel as they are. */
export function codingFor({ transferSyntax, bitsAllocated }) {
  if (!UNCOMPRESSED.has(transferSyntax)) return "raw";
  return bitsAllocated === 16 ? "d16" : "deflate";
}

/** @returns {Promise<{coding: string, data: Uint8Array, rawLength: number, sha256: string}>} */
export async function pack(bytes, coding) {
  const packed = { coding: "raw", data: bytes, rawLength: bytes.length, sha256: await sha256(bytes) };
  if (coding === "raw") return packed;
  const data = await deflate(coding === "d16" ? differences(bytes) : bytes);
  return data.length < bytes.length ? { ...packed, coding, data } : packed;
}
