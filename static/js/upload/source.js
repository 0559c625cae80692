// One way to read a file, whether it lies in a folder, in a zip or in a disc image.
// A source is plain data, so that it can be handed to a worker:
//   { path, blob }                                       a file, or a slice of a disc image
//   { path, blob, member: { offset, packed, size, method, lock? } }   a member of the zip `blob`

export class SourceError extends Error {
  /** @param {string} code what the page has a message for, e.g. "zip-damaged" */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export const sizeOf = ({ blob, member }) => (member ? member.size : blob.size);

export async function view(blob, start, end) {
  return new DataView(await blob.slice(start, end).arrayBuffer());
}

/** What a member needs is loaded with the first one. */
const members = () => import("./member.js");

/** The first `count` bytes, or all when the file is shorter. */
export async function readHead(source, count) {
  if (source.member) return (await members()).readHead(source, count);
  return new Uint8Array(await source.blob.slice(0, count).arrayBuffer());
}

export async function readAll(source) {
  if (source.member) return (await members()).readAll(source);
  return new Uint8Array(await source.blob.arrayBuffer());
}
