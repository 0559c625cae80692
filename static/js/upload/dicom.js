// As much of a DICOM header as the patient needs to see (PS3.5 section 7, PS3.10 section 7). No pixel is touched.

const LAST_WANTED = 0x00280103;
const PIXEL_DATA = 0x7fe00010;
const UNDEFINED = 0xffffffff;
const DEEPEST = 20;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const LONG_FORM = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const ANY_VR = /^[A-Z]{2}$/;

const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
export const DEFLATED = "1.2.840.10008.1.2.1.99";
const BIG_ENDIAN = "1.2.840.10008.1.2.2";
export const UNCOMPRESSED = new Set([IMPLICIT, EXPLICIT, BIG_ENDIAN]);

/** The bytes at hand end before the header does. */
export class CutOffError extends Error {}

/** What stands here is no DICOM header. */
export class NotDicomError extends Error {}

export const hasMagic = (bytes) =>
  bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === "DICM";

/** A data set without preamble and meta header: its first element is one of group 0008. */
export const looksBare = (bytes) =>
  bytes.length > 8 && bytes[0] === 8 && bytes[1] === 0 && bytes[3] === 0 && [0, 5, 8, 0x16].includes(bytes[2]);

/** The meta header: its elements, and where and how the data set begins. */
export function readMeta(bytes) {
  const elements = new Map();
  if (!hasMagic(bytes)) return { elements, transferSyntax: sniffSyntax(bytes, 0), start: 0 };
  const cursor = new Cursor(bytes, 132, { explicit: true, littleEndian: true });
  while (cursor.at < bytes.length && cursor.peekGroup() === 2) readElement(cursor, elements);
  const transferSyntax = text(elements.get(0x00020010)) || sniffSyntax(bytes, cursor.at);
  return { elements, transferSyntax, start: cursor.at };
}

/** Without a meta header only the first element can tell: a VR stands behind its tag or not. */
function sniffSyntax(bytes, at) {
  const vr = String.fromCharCode(...bytes.subarray(at + 4, at + 6));
  return ANY_VR.test(vr) ? EXPLICIT : IMPLICIT;
}

/** The elements up to (0028,0103), as a map from tag to bytes. */
export function readDataset(bytes, start, transferSyntax) {
  const littleEndian = transferSyntax !== BIG_ENDIAN;
  const cursor = new Cursor(bytes, start, { explicit: transferSyntax !== IMPLICIT, littleEndian });
  const elements = new Map();
  while (cursor.at < bytes.length && cursor.peekTag() <= LAST_WANTED) readElement(cursor, elements);
  return { elements, littleEndian };
}

/** Whether the pixels are one sample of 16 bits each, as they are in memory. */
export const hasPlainWords = ({ transferSyntax, samples, bitsAllocated }) =>
  (transferSyntax === EXPLICIT || transferSyntax === IMPLICIT) && samples === 1 && bitsAllocated === 16;

/** Where such pixels lie in their file; null where the header does not lead to all of them. */
export function findPixels(bytes, report) {
  if (!hasPlainWords(report)) return null;
  const explicit = report.transferSyntax === EXPLICIT;
  const cursor = new Cursor(bytes, readMeta(bytes).start, { explicit, littleEndian: true });
  try {
    while (cursor.peekTag() < PIXEL_DATA) readElement(cursor, new Map());
    if (cursor.readHeader().tag !== PIXEL_DATA) return null;
  } catch {
    return null;
  }
  const end = cursor.at + 2 * report.rows * report.columns * report.frames;
  return end > bytes.length ? null : { start: cursor.at, end };
}

/** Latin text without its padding; for UIDs, dates, numbers and codes. */
export function text(value) {
  if (!value) return "";
  return String.fromCharCode(...value.subarray(0, 256)).replaceAll("\0", "").trim();
}

export class Cursor {
  constructor(bytes, at, { explicit, littleEndian }) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.explicit = explicit;
    this.littleEndian = littleEndian;
  }

  need(count) {
    if (this.at + count > this.bytes.length) throw new CutOffError();
  }

  peekGroup() {
    this.need(2);
    return this.data.getUint16(this.at, this.littleEndian);
  }

  peekTag() {
    this.need(4);
    const element = this.data.getUint16(this.at + 2, this.littleEndian);
    return this.peekGroup() * 0x10000 + element;
  }

  /** Tag, VR and length; afterwards the cursor stands at the value. */
  readHeader() {
    this.need(8);
    const tag = this.peekTag();
    const isDelimiter = tag === ITEM || tag === ITEM_END || tag === SEQUENCE_END;
    this.at += 4;
    if (!this.explicit || isDelimiter) return { tag, vr: "", length: this.#uint32() };
    const vr = String.fromCharCode(this.bytes[this.at], this.bytes[this.at + 1]);
    if (!ANY_VR.test(vr)) throw new NotDicomError();
    if (LONG_FORM.has(vr)) {
      this.at += 4;
      return { tag, vr, length: this.#uint32() };
    }
    const length = this.data.getUint16(this.at + 2, this.littleEndian);
    this.at += 4;
    return { tag, vr, length };
  }

  #uint32() {
    this.need(4);
    const value = this.data.getUint32(this.at, this.littleEndian);
    this.at += 4;
    return value;
  }
}

export function readElement(cursor, elements) {
  const { tag, vr, length } = cursor.readHeader();
  if (length === UNDEFINED) return skipSequence(cursor, vr, 1);
  cursor.need(length);
  elements.set(tag, cursor.bytes.subarray(cursor.at, cursor.at + length));
  cursor.at += length;
}

/** Walk over a sequence of undefined length. Inside VR UN everything is implicit (PS3.5 section 6.2.2). */
function skipSequence(cursor, vr, depth) {
  if (depth > DEEPEST) throw new NotDicomError();
  const explicit = cursor.explicit;
  if (vr === "UN") cursor.explicit = false;
  for (;;) {
    const { tag, length } = cursor.readHeader();
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM) throw new NotDicomError();
    if (length === UNDEFINED) skipItem(cursor, depth);
    else cursor.at += length;
  }
  cursor.explicit = explicit;
}

function skipItem(cursor, depth) {
  for (;;) {
    const { tag, vr, length } = cursor.readHeader();
    if (tag === ITEM_END) return;
    if (length === UNDEFINED) skipSequence(cursor, vr, depth + 1);
    else cursor.at += length;
  }
}
