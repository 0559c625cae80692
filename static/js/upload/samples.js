// Pictures are known again by the SHA-256 of their whole file: no name, number or UID is asked for or told.

const MOST_SAMPLES = 64;
const digests = new WeakMap();

/** The SHA-256 of an image's file; null when it cannot be read now, of which the patient is told when it is sent. */
export function digestOf(image, pool) {
  if (!digests.has(image)) digests.set(image, pool.run({ job: "digest", source: image.source }).catch(() => null));
  return digests.get(image);
}

/** The SHA-256 of one picture of each set: by these the portal knows an examination that another request has. */
export async function samplesOf(study, pool) {
  const sets = [study, study.prior].filter(Boolean).flatMap(({ series }) => series);
  const samples = sets.slice(0, MOST_SAMPLES).map(({ images }) => digestOf(images[0], pool));
  return (await Promise.all(samples)).filter(Boolean);
}
