// A small picture of an uncompressed instance, so that people recognise their own examination.
import { findPixels, hasPlainWords } from "./dicom.js";
import { readAll, sizeOf } from "./source.js";

const SIDE = 112;
const LARGEST_FILE = 64 * 2 ** 20;

/** As for ImageData; null where it is not cheap. */
export async function thumbnail(source, report) {
  if (!hasPlainWords(report) || sizeOf(source) > LARGEST_FILE) return null;
  const bytes = await readAll(source);
  const pixels = findPixels(bytes, report);
  return pixels && draw(middleFrame(bytes, pixels.start, report), report);
}

function middleFrame(bytes, pixels, { rows, columns, frames, isSigned }) {
  const data = new DataView(bytes.buffer, bytes.byteOffset);
  const start = pixels + Math.floor(frames / 2) * rows * columns * 2;
  const value = (at) => (isSigned ? data.getInt16(at, true) : data.getUint16(at, true));
  return (row, column) => value(start + 2 * (row * columns + column));
}

/** Every value between the darkest and the brightest hundredth, as grey. */
function draw(value, { rows, columns, photometric }) {
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
    data.fill(photometric === "MONOCHROME1" ? 255 - grey : grey, 4 * i, 4 * i + 3);
    data[4 * i + 3] = 255;
  });
  return { width, height, data };
}
