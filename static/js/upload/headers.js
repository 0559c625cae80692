// What a file is, told by its first bytes. Runs in a worker.
import { decode } from "./charsets.js";
import { CutOffError, DEFLATED, UNCOMPRESSED, hasMagic, looksBare, readDataset, readMeta, text } from "./dicom.js";
import { readAll, readHead, sizeOf, view } from "./source.js";

const FIRST_READ = 16 * 1024;
const SECOND_READ = 256 * 1024;
const LONGEST_HEADER = 32 * 2 ** 20;
const MEDIA_DIRECTORY = "1.2.840.10008.1.3.10";

/** Kinds that are no DICOM, by the bytes they begin with. */
const MAGIC = [
  ["zip", [0x50, 0x4b, 3, 4]],
  ["zip", [0x50, 0x4b, 5, 6]],
  ["7z", [0x37, 0x7a, 0xbc, 0xaf]],
  ["rar", [0x52, 0x61, 0x72, 0x21]],
  ["pdf", [0x25, 0x50, 0x44, 0x46]],
  ["photo", [0xff, 0xd8, 0xff]],
  ["photo", [0x89, 0x50, 0x4e, 0x47]],
];
const HEIC_BRANDS = new Set(["heic", "heix", "mif1", "msf1"]);

/** @returns {Promise<{kind: string}>} with all that was read when the kind is "image" */
export async function examine(source) {
  const size = sizeOf(source);
  if (size === 0) return { kind: "empty" };
  const head = await readHead(source, FIRST_READ);
  if (hasMagic(head) || looksBare(head)) return examineDicom(source, head, size);
  const known = MAGIC.find(([, magic]) => magic.every((byte, i) => head[i] === byte));
  if (known) return { kind: known[0] };
  if (HEIC_BRANDS.has(String.fromCharCode(...head.subarray(8, 12)))) return { kind: "photo" };
  if (!source.member && (await isDiscImage(source.blob))) return { kind: "iso" };
  return { kind: "other" };
}

async function isDiscImage(blob) {
  if (blob.size < 34816) return false;
  const mark = await view(blob, 32769, 32774);
  return String.fromCharCode(...new Uint8Array(mark.buffer)) === "CD001";
}

async function examineDicom(source, head, size) {
  let bytes = head;
  for (const length of [FIRST_READ, SECOND_READ, Math.min(size, LONGEST_HEADER)]) {
    if (length > bytes.length && bytes.length < size) bytes = await readHead(source, length);
    try {
      return await describe(source, bytes, size);
    } catch (error) {
      if (!(error instanceof CutOffError)) return { kind: "damaged" };
      if (bytes.length >= size) return { kind: "cut-off" };
    }
  }
  return { kind: "damaged" };
}

async function describe(source, bytes, size) {
  const meta = readMeta(bytes);
  if (text(meta.elements.get(0x00020002)) === MEDIA_DIRECTORY) {
    const { readPromised } = await import("./dicomdir.js");
    return { kind: "dicomdir", promised: readPromised(await readAll(source)) };
  }
  let [body, start] = [bytes, meta.start];
  if (meta.transferSyntax === DEFLATED) {
    const { inflateHead } = await import("./member.js");
    [body, start] = [await inflateHead(new Blob([bytes.subarray(meta.start)]), SECOND_READ), 0];
  }
  const dataset = readDataset(body, start, meta.transferSyntax);
  const report = reportOf(dataset, meta.transferSyntax);
  if (!report.rows) return { kind: dataset.elements.size > 0 ? "document" : "damaged" };
  if (!report.studyUid || !report.seriesUid || !report.sopUid) return { kind: "damaged" };
  return { ...report, kind: size < leastSize(report) ? "cut-off" : "image" };
}

function reportOf({ elements, littleEndian }, transferSyntax) {
  const plain = (tag) => text(elements.get(tag));
  const characterSet = plain(0x00080005);
  const free = (tag) => decode(elements.get(tag), characterSet);
  const number = (tag) => {
    const value = elements.get(tag);
    if (!value || value.length < 2) return 0;
    return littleEndian ? value[0] + value[1] * 256 : value[1] + value[0] * 256;
  };
  return {
    transferSyntax,
    sopUid: plain(0x00080018),
    studyDate: plain(0x00080020),
    modality: plain(0x00080060),
    studyText: free(0x00081030),
    seriesText: free(0x0008103e),
    patientName: free(0x00100010),
    birthDate: plain(0x00100030),
    bodyPart: plain(0x00180015),
    protocol: free(0x00181030),
    studyUid: plain(0x0020000d),
    seriesUid: plain(0x0020000e),
    seriesNumber: Number(plain(0x00200011)) || 0,
    instanceNumber: Number(plain(0x00200013)) || 0,
    frames: Math.max(1, Number(plain(0x00280008)) || 1),
    samples: number(0x00280002) || 1,
    rows: number(0x00280010),
    columns: number(0x00280011),
    photometric: plain(0x00280004),
    bitsAllocated: number(0x00280100),
    isSigned: number(0x00280103) === 1,
  };
}

/** An uncompressed image is at least as long as its pixels: a shorter file was cut off while it was copied. */
function leastSize({ transferSyntax, rows, columns, samples, bitsAllocated, frames }) {
  if (!UNCOMPRESSED.has(transferSyntax) || samples > 1) return 0; // colour may be subsampled
  return rows * columns * Math.floor(bitsAllocated / 8) * frames;
}
