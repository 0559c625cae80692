// Which images a disc promises in its DICOMDIR (PS3.3 annex F): only to tell a patient that some are missing.
import { CutOffError, Cursor, readElement, readMeta, text } from "./dicom.js";

const RECORDS = 0x00041220;
const FILE_ID = 0x00041500;
const RECORD_TYPE = 0x00041430;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const UNDEFINED = 0xffffffff;
const MOST_RECORDS = 100000;

/** @returns {string[]} upper-case paths, relative to the folder of the DICOMDIR; a damaged one promises nothing */
export function readPromised(bytes) {
  try {
    return readRecords(bytes);
  } catch {
    return [];
  }
}

function readRecords(bytes) {
  const cursor = new Cursor(bytes, readMeta(bytes).start, { explicit: true, littleEndian: true });
  const ignored = new Map();
  while (cursor.peekTag() < RECORDS) readElement(cursor, ignored);
  const sequence = cursor.readHeader();
  const end = sequence.length === UNDEFINED ? bytes.length : cursor.at + sequence.length;
  const promised = [];
  for (let i = 0; cursor.at < end && i < MOST_RECORDS; i++) {
    const item = cursor.readHeader();
    if (item.tag !== ITEM) break;
    const record = readRecord(cursor, item.length);
    if (text(record.get(RECORD_TYPE)) === "IMAGE") promised.push(pathOf(record.get(FILE_ID)));
  }
  return promised.filter(Boolean);
}

function readRecord(cursor, length) {
  const record = new Map();
  const end = length === UNDEFINED ? Infinity : cursor.at + length;
  while (cursor.at < end) {
    if (length === UNDEFINED && cursor.peekTag() === ITEM_END) {
      cursor.readHeader();
      return record;
    }
    readElement(cursor, record);
  }
  if (cursor.at !== end) throw new CutOffError();
  return record;
}

const pathOf = (value) =>
  text(value)
    .split("\\")
    .map((part) => part.trim())
    .join("/")
    .toUpperCase();
