// The table of contents of a zip (stored, deflate, zip64), read by slicing: nothing is unpacked to list it.
import { SourceError, readHead, view } from "./source.js";

const MOST_FILES = 20000;
const MOST_BYTES = 8 * 2 ** 30;
const MOST_RATIO = 200;
const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const ENTRY = 0x02014b50;
const FULL32 = 0xffffffff;
const ZIP64 = 0x0001;
const WINZIP_AES = 0x9901;

/**
 * @param {string} [password] for members that are locked
 * @returns {Promise<Array>} sources, one for each file in the zip
 */
export async function listZip(blob, password) {
  const { count, start, size } = await findDirectory(blob);
  if (count > MOST_FILES || size > 64 * 2 ** 20) throw new SourceError("zip-limit");
  if (start + size > blob.size) throw new SourceError("zip-damaged");
  const directory = await view(blob, start, start + size);
  const sources = [];
  for (let at = 0, i = 0; i < count; i++) {
    const entry = readEntry(directory, at);
    at = entry.next;
    if (entry.path.endsWith("/") || entry.member.size === 0) continue;
    if (entry.isLocked) lock(entry, password);
    check(entry, blob);
    sources.push({ path: entry.path, blob, member: entry.member });
  }
  checkTogether(sources);
  const locked = sources.find(({ member }) => member.lock);
  if (locked) await readHead(locked, 16); // a wrong password is found out now
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
  const path = decoder.decode(name).replaceAll("\\", "/");
  const isLocked = Boolean(short(8) & 1);
  // The last byte of the classic cipher's header is one of the time or of the checksum.
  const entry = { path, member, next, isLocked, check: short(8) & 8 ? short(12) >>> 8 : long(16) >>> 24 };
  for (const extra of extrasOf(directory, extraAt, extraAt + extraLength)) readExtra(entry, extra);
  return entry;
}

function* extrasOf(directory, from, to) {
  for (let at = from; at + 4 <= to; ) {
    const length = directory.getUint16(at + 2, true);
    if (at + 4 + length > to) throw new SourceError("zip-damaged");
    yield {
      id: directory.getUint16(at, true),
      field: new DataView(directory.buffer, directory.byteOffset + at + 4, length),
    };
    at += 4 + length;
  }
}

function readExtra({ member, ...entry }, { id, field }) {
  if (id === ZIP64) widen(member, field);
  if (id === WINZIP_AES && entry.isLocked && field.byteLength >= 7) {
    member.lock = { kind: "aes", strength: field.getUint8(4) };
    member.method = field.getUint16(5, true);
  }
}

/** Take the 64-bit sizes from the extra field where the 32-bit ones are full. */
function widen(member, field) {
  let at = 0;
  for (const key of ["size", "packed", "offset"]) {
    if (member[key] !== FULL32) continue;
    if (at + 8 > field.byteLength) throw new SourceError("zip-damaged");
    member[key] = Number(field.getBigUint64(at, true));
    at += 8;
  }
}

function lock({ member, check }, password) {
  if (!password) throw new SourceError("zip-password");
  member.lock = { kind: "classic", check, ...member.lock, password };
}

function check({ member }, blob) {
  if (member.method !== 0 && member.method !== 8) throw new SourceError("zip-method");
  if (member.offset + member.packed > blob.size) throw new SourceError("zip-damaged");
  if (member.method === 0 && !member.lock && member.packed !== member.size) throw new SourceError("zip-damaged");
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
