// Which of the found pictures the request holds already; loaded where something was sent before.
import { digestOf } from "./samples.js";
import { sizeOf } from "./source.js";

/**
 * Mark every image of an MRI with `isKnown`. Only files of a length that was sent before are read.
 * @param {Array<[number, string]>} files length and SHA-256 of what the request holds
 */
export async function markKnown(studies, files, pool, onProgress) {
  const images = studies.filter((study) => study.isMr).flatMap(({ series }) => series.flatMap((each) => each.images));
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
