// Bundles made of files: each file is packed by a worker, once, and the first ones before they are asked for.
import { sha256 } from "./digest.js";
import { SourceError } from "./source.js";

const packed = new WeakMap();

/** Pack images now whose bundles will be wanted soon. Nothing leaves the computer by this. */
export function packAhead(images, pool) {
  for (const image of images) {
    if (packed.has(image)) continue;
    const packing = pool.run({ job: "pack", source: image.source, report: image.report });
    packing.catch(() => packed.delete(image)); // whoever awaits it hears of it; another try reads again
    packed.set(image, packing);
  }
}

/**
 * The payloads one behind the other, and the index that tells where each one lies.
 * @param {boolean} leaveOut go on without files that cannot be read
 */
export async function packBundle({ images }, pool, leaveOut) {
  packAhead(images, pool);
  const results = await Promise.allSettled(images.map((image) => packed.get(image)));
  for (const image of images) packed.delete(image);
  const unread = images.filter((_, i) => results[i].status === "rejected");
  if (unread.length > 0 && !leaveOut) throw new UnreadError(unread);
  const files = results.flatMap(({ value }) => value ?? []);
  const bytes = new Uint8Array(files.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  const entries = files.map(({ data, rawLength, coding, sha256: digest }) => {
    const entry = { offset, length: data.length, raw_length: rawLength, sha256: digest, coding };
    bytes.set(data, offset);
    offset += data.length;
    return entry;
  });
  const digest = await sha256(bytes);
  const body = new Blob([bytes]);
  return { body, unread, index: { size: body.size, sha256: digest, index: entries, left_out: unread.length } };
}

/** Files that were found on the disc and that it does not give now. */
export class UnreadError extends SourceError {
  /** @param {Array} images */
  constructor(images) {
    super("unread");
    this.images = images;
  }
}
