// Reads the members of a ZIP file; loaded with the first one. Also unpacks a deflated data set.
import { SourceError, view } from "./source.js";

const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const SLACK = 4096; // deflate never needs more input than output, but for a few bytes

export async function readHead(source, count) {
  const data = await memberData(source, count + SLACK);
  if (source.member.method !== STORED) return inflateHead(data, Math.min(count, source.member.size));
  return new Uint8Array(await data.slice(0, count).arrayBuffer());
}

export async function readAll(source) {
  const data = await memberData(source);
  if (source.member.method !== STORED) return inflateAll(data, source.member.size);
  return new Uint8Array(await data.arrayBuffer());
}

/** The compressed bytes of a member; where they are locked, no more than `limit` are unlocked. */
async function memberData({ blob, member }, limit) {
  const header = await view(blob, member.offset, member.offset + 30);
  if (header.byteLength < 30 || header.getUint32(0, true) !== LOCAL_HEADER) throw new SourceError("zip-damaged");
  const start = member.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const data = blob.slice(start, start + member.packed);
  if (!member.lock) return data;
  const { unlock } = await import("./unlock.js");
  return unlock(data, member.lock, limit);
}

/** Up to `limit` bytes, fewer when the stream ends or breaks before; the rest is never unpacked. */
export const inflateHead = (data, limit) => inflate(data, limit, () => ({ done: true }));

async function inflateAll(data, size) {
  const bytes = await inflate(data, size + 1, () => {
    throw new SourceError("zip-damaged");
  });
  if (bytes.length > size) throw new SourceError("zip-limit");
  if (bytes.length < size) throw new SourceError("zip-damaged");
  return bytes;
}

async function inflate(data, limit, onBroken) {
  const reader = data.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const bytes = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const { done, value } = await reader.read().catch(onBroken);
    if (done) break;
    const part = value.subarray(0, limit - length);
    bytes.set(part, length);
    length += part.length;
  }
  reader.cancel().catch(() => {});
  return bytes.subarray(0, length);
}
