// Which of the found pictures we have already. Compared by the SHA-256 of the whole file, which the
// portal has of everything that arrived: no name, number or UID is asked for or told.
import { sizeOf } from "./source.js";

const MOST_SAMPLES = 64;
const digests = new WeakMap();

/** The SHA-256 of an image's file; null when it cannot be read now, of which the patient is told when it is sent. */
function digestOf(image, pool) {
  if (!digests.has(image)) digests.set(image, pool.run({ job: "digest", source: image.source }).catch(() => null));
  return digests.get(image);
}

/**
 * Mark every image with `isKnown`. Only files of a length that was sent before are read.
 * @param {Array<[number, string]>} files length and SHA-256 of what the request holds
 */
export async function markKnown(images, files, pool, onProgress) {
  const held = new Set(files.map(([, digest]) => digest));
  const lengths = new Set(files.map(([length]) => length));
  const likely = images.filter(({ source }) => lengths.has(sizeOf(source)));
  let done = 0;
  const compare = async (image) => {
    image.isKnown = held.has(await digestOf(image, pool));
    done += 1;
    onProgress(done, likely.length);
  };
  await Promise.all(likely.map(compare));
}

/** The SHA-256 of one picture of each set: by these the portal knows an examination that another request has. */
export async function samplesOf(study, pool) {
  const sets = [study, study.prior].filter(Boolean).flatMap(({ series }) => series);
  const samples = sets.slice(0, MOST_SAMPLES).map(({ images }) => digestOf(images[0], pool));
  return (await Promise.all(samples)).filter(Boolean);
}
