// The table of contents of a zip (stored, deflate, zip64), read by slicing: nothing is unpacked to list it.
import { SourceError, view } from "./source.js";

const MOST_FILES = 20000;
const MOST_BYTES = 8 * 2 ** 30;
const MOST_RATIO = 200;
const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const ENTRY = 0x02014b50;
const FULL32 = 0xffffffff;
const AES = 99;

/** @returns {Promise<Array>} sources, one for each file in the zip */
export async function listZip(blob) {
  const { count, start, size } = await findDirectory(blob);
  if (count > MOST_FILES || size > 64 * 2 ** 20) throw new SourceError("zip-limit");
  if (start + size > blob.size) throw new SourceError("zip-damaged");
  const directory = await view(blob, start, start + size);
  const sources = [];
  for (let at = 0, i = 0; i < count; i++) {
    const entry = readEntry(directory, at);
    at = entry.next;
    if (entry.path.endsWith("/") || entry.member.size === 0) continue;
    check(entry, blob);
    sources.push({ path: entry.path, blob, member: entry.member });
  }
  checkTogether(sources);
  return sources;
}

async function findDirectory(blob) {
  const from = Math.max(0, blob.size - 65557 - 20);
  const tail = await view(blob, from, blob.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) throw new SourceError("zip-damaged");
  const found = {
    count: tail.getUint16(end + 10, true),
    size: tail.getUint32(end + 12, true),
    start: tail.getUint32(end + 16, true),
  };
  const isLarge = found.count === 0xffff || found.size === FULL32 || found.start === FULL32;
  return isLarge ? findDirectory64(blob, tail, end - 20) : found;
}

async function findDirectory64(blob, tail, locator) {
  if (locator < 0 || tail.getUint32(locator, true) !== END64_LOCATOR) throw new SourceError("zip-damaged");
  const at = Number(tail.getBigUint64(locator + 8, true));
  const end = await view(blob, at, at + 56);
  if (end.byteLength < 56 || end.getUint32(0, true) !== END64) throw new SourceError("zip-damaged");
  const number = (offset) => Number(end.getBigUint64(offset, true));
  return { count: number(32), size: number(40), start: number(48) };
}

function readEntry(directory, at) {
  if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== ENTRY) throw new SourceError("zip-damaged");
  const short = (offset) => directory.getUint16(at + offset, true);
  const long = (offset) => directory.getUint32(at + offset, true);
  const [nameLength, extraLength, commentLength] = [short(28), short(30), short(32)];
  const extraAt = at + 46 + nameLength;
  const next = extraAt + extraLength + commentLength;
  if (next > directory.byteLength) throw new SourceError("zip-damaged");
  const name = new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameLength);
  const decoder = new TextDecoder(short(8) & 0x800 ? "utf-8" : "windows-1252");
  const member = { offset: long(42), packed: long(20), size: long(24), method: short(10) };
  widen(member, directory, extraAt, extraAt + extraLength);
  return { path: decoder.decode(name).replaceAll("\\", "/"), member, flags: short(8), next };
}

/** Take the 64-bit sizes from the extra field where the 32-bit ones are full. */
function widen(member, directory, from, to) {
  for (let at = from; at + 4 <= to; ) {
    const length = directory.getUint16(at + 2, true);
    if (directory.getUint16(at, true) === 1) {
      let field = at + 4;
      for (const key of ["size", "packed", "offset"]) {
        if (member[key] !== FULL32) continue;
        if (field + 8 > Math.min(to, at + 4 + length)) throw new SourceError("zip-damaged");
        member[key] = Number(directory.getBigUint64(field, true));
        field += 8;
      }
    }
    at += 4 + length;
  }
}

function check({ member, flags }, blob) {
  if (flags & 1 || member.method === AES) throw new SourceError("zip-password");
  if (member.method !== 0 && member.method !== 8) throw new SourceError("zip-method");
  if (member.offset + member.packed > blob.size) throw new SourceError("zip-damaged");
  if (member.method === 0 && member.packed !== member.size) throw new SourceError("zip-damaged");
  if (member.size > MOST_RATIO * member.packed + 1024) throw new SourceError("zip-limit");
}

/** Members that overlap, or that unpack to more than a disc can hold, are a bomb. */
function checkTogether(sources) {
  const members = sources.map((source) => source.member).sort((a, b) => a.offset - b.offset);
  let total = 0;
  let end = 0;
  for (const { offset, packed, size } of members) {
    total += size;
    if (offset < end || total > MOST_BYTES) throw new SourceError("zip-limit");
    end = offset + packed;
  }
}
