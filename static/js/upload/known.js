// Which of the found pictures we have already. Compared by the SHA-256 of the whole file, which the
// portal has of everything that arrived: no name, number or UID is asked for or told.
import { sizeOf } from "./source.js";

const MOST_SAMPLES = 64;

/**
 * Mark every image with `isKnown`. Only files of a length that was sent before are read.
 * @param {Array<{source: object}>} images
 * @param {Array<[number, string]>} files length and SHA-256 of what the request holds
 * @param {import("./pool.js").Pool} pool
 * @param {(done: number, total: number) => void} onProgress
 */
export async function markKnown(images, files, pool, onProgress) {
  const digests = new Set(files.map(([, digest]) => digest));
  const lengths = new Set(files.map(([length]) => length));
  const likely = images.filter(({ source }) => lengths.has(sizeOf(source)));
  let done = 0;
  const compare = async (image) => {
    // A file that cannot be read now is told of when it is sent.
    const digest = await pool.run({ job: "digest", source: image.source }).catch(() => null);
    image.isKnown = digests.has(digest);
    done += 1;
    onProgress(done, likely.length);
  };
  await Promise.all(likely.map(compare));
}

/** The SHA-256 of one picture of each set: by these the portal knows an examination that another request has. */
export async function samplesOf(study, pool) {
  const sets = [study, study.prior].filter(Boolean).flatMap(({ series }) => series);
  const digest = ({ images }) => pool.run({ job: "digest", source: images[0].source }).catch(() => null);
  const digests = await Promise.all(sets.slice(0, MOST_SAMPLES).map(digest));
  return digests.filter(Boolean);
}
