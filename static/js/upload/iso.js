// The files of a disc image (ISO 9660, with Joliet names where it has them), read by slicing.
import { SourceError, view } from "./source.js";

const SECTOR = 2048;
const MOST_FILES = 20000;
const DEEPEST = 32;
const PRIMARY = 1;
const JOLIET = 2;
const LAST = 255;

/** @returns {Promise<Array>} sources, one for each file on the disc */
export async function listIso(blob) {
  const { volume, decoder } = await findVolume(blob);
  const walk = { blob, decoder, seen: new Set(), sources: [] };
  const root = 156;
  await readFolder(walk, extentOf(volume, root), "", 0);
  return walk.sources;
}

async function findVolume(blob) {
  let volume = null;
  let encoding = "windows-1252";
  for (let sector = 16; sector < 32; sector++) {
    const descriptor = await view(blob, sector * SECTOR, (sector + 1) * SECTOR);
    if (descriptor.byteLength < SECTOR) break;
    const kind = descriptor.getUint8(0);
    if (kind === LAST) break;
    if (kind === PRIMARY && !volume) volume = descriptor;
    if (kind === JOLIET && descriptor.getUint8(88) === 0x25) {
      volume = descriptor;
      encoding = "utf-16be";
    }
  }
  if (!volume) throw new SourceError("iso-damaged");
  return { volume, decoder: new TextDecoder(encoding) };
}

const extentOf = (record, at) => ({
  start: record.getUint32(at + 2, true) * SECTOR,
  length: record.getUint32(at + 10, true),
});

async function readFolder(walk, { start, length }, base, depth) {
  if (depth > DEEPEST || walk.seen.has(start) || length > 16 * 2 ** 20) throw new SourceError("iso-damaged");
  walk.seen.add(start);
  const folder = await view(walk.blob, start, start + length);
  for (let at = 0; at < folder.byteLength; ) {
    const recordLength = folder.getUint8(at);
    if (recordLength === 0) {
      at = (Math.floor(at / SECTOR) + 1) * SECTOR;
      continue;
    }
    if (recordLength < 34 || at + recordLength > folder.byteLength) throw new SourceError("iso-damaged");
    await readRecord(walk, folder, at, base, depth);
    at += recordLength;
  }
}

async function readRecord(walk, folder, at, base, depth) {
  const nameLength = folder.getUint8(at + 32);
  const name = new Uint8Array(folder.buffer, folder.byteOffset + at + 33, nameLength);
  if (nameLength === 1 && name[0] < 2) return; // the folder itself and its parent
  const path = base + walk.decoder.decode(name).replace(/;\d+$/, "").replace(/\.$/, "");
  const extent = extentOf(folder, at);
  const isFolder = folder.getUint8(at + 25) & 2;
  if (isFolder) return readFolder(walk, extent, `${path}/`, depth + 1);
  if (extent.start + extent.length > walk.blob.size) throw new SourceError("iso-damaged");
  if (walk.sources.length >= MOST_FILES) throw new SourceError("zip-limit");
  walk.sources.push({ path, blob: walk.blob.slice(extent.start, extent.start + extent.length) });
}
