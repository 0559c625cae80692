// A small picture of an uncompressed instance, so that people recognise their own examination.
import { Cursor, readElement, readMeta, text } from "./dicom.js";
import { readAll, sizeOf } from "./source.js";

const SIDE = 112;
const LARGEST_FILE = 64 * 2 ** 20;
const PIXEL_DATA = 0x7fe00010;
const PIXEL_REPRESENTATION = 0x00280103;
const PHOTOMETRIC = 0x00280004;
const UNDEFINED = 0xffffffff;
const SYNTAXES = new Map([
  ["1.2.840.10008.1.2", false],
  ["1.2.840.10008.1.2.1", true],
]);

/** @returns {Promise<{width: number, height: number, data: Uint8ClampedArray} | null>} null where it is not cheap */
export async function thumbnail(source, report) {
  const isCheap = SYNTAXES.has(report.transferSyntax) && report.samples === 1 && report.bitsAllocated === 16;
  if (!isCheap || sizeOf(source) > LARGEST_FILE) return null;
  const found = findPixels(await readAll(source), report.transferSyntax);
  return found && draw(middleFrame(found, report), report, found.isInverted);
}

function findPixels(bytes, transferSyntax) {
  const explicit = SYNTAXES.get(transferSyntax);
  const cursor = new Cursor(bytes, readMeta(bytes).start, { explicit, littleEndian: true });
  const elements = new Map();
  while (cursor.peekTag() < PIXEL_DATA) readElement(cursor, elements);
  const { tag, length } = cursor.readHeader();
  if (tag !== PIXEL_DATA || length === UNDEFINED) return null;
  return {
    data: new DataView(bytes.buffer, bytes.byteOffset + cursor.at, Math.min(length, bytes.length - cursor.at)),
    isSigned: elements.get(PIXEL_REPRESENTATION)?.[0] === 1,
    isInverted: text(elements.get(PHOTOMETRIC)) === "MONOCHROME1",
  };
}

function middleFrame({ data, isSigned }, { rows, columns, frames }) {
  const start = Math.floor(frames / 2) * rows * columns * 2;
  const value = (at) => (isSigned ? data.getInt16(at, true) : data.getUint16(at, true));
  return (row, column) => value(start + 2 * (row * columns + column));
}

/** Every value between the darkest and the brightest hundredth, as grey. */
function draw(value, { rows, columns }, isInverted) {
  const scale = Math.max(rows, columns) / SIDE;
  const [height, width] = [Math.floor(rows / scale), Math.floor(columns / scale)];
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) {
    values[i] = value(Math.floor(Math.floor(i / width) * scale), Math.floor((i % width) * scale));
  }
  const sorted = Float32Array.from(values).sort();
  const [low, high] = [0.01, 0.99].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  const data = new Uint8ClampedArray(4 * values.length);
  values.forEach((each, i) => {
    const grey = (255 * (each - low)) / Math.max(1, high - low);
    data.fill(isInverted ? 255 - grey : grey, 4 * i, 4 * i + 3);
    data[4 * i + 3] = 255;
  });
  return { width, height, data };
}
