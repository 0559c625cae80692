// Which instance travels in which bundle. A pure function of the study: after any restart, in any browser,
// the same disc gives the same plan, and only what is missing is sent.
import { sha256 } from "./digest.js";
import { sizeOf } from "./source.js";

const BUNDLE_BYTES = 4 * 2 ** 20;
const BUNDLE_INSTANCES = 256;
/** The first bundles, one for each lane, are small: the line is busy as soon as a few files are packed. */
const SMALL = { bundles: 4, bytes: 2 ** 20 };
/** The last ones are a share of what is left, so that no lane is long alone on the line: alone it does not fill it. */
const LAST = { share: 1 / 4, bytes: 2 ** 18 };
const encoder = new TextEncoder();

/** Series that are read first go first; a localizer goes last. */
const rank = ({ text }) => (/LOC|SCOUT|SURVEY/i.test(text) ? 2 : /SAG/i.test(text) ? 0 : 1);
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export function orderInstances(study) {
  const series = [...study.series].sort(
    (a, b) => rank(a) - rank(b) || a.number - b.number || compare(a.uid, b.uid),
  );
  return series.flatMap(({ images }) =>
    [...images].sort(
      (a, b) =>
        a.report.instanceNumber - b.report.instanceNumber ||
        compare(a.report.sopUid, b.report.sopUid) ||
        sizeOf(a.source) - sizeOf(b.source),
    ),
  );
}

/** The study that is read goes first, then the older one that comes with it. */
export function planBundles(study) {
  const bundles = [];
  const images = [study, study.prior].filter(Boolean).flatMap(orderInstances);
  let left = images.reduce((sum, { source }) => sum + sizeOf(source), 0);
  let [bundle, fullAt] = [null, 0];
  for (const image of images) {
    if (!bundle || bundle.bytes >= fullAt || bundle.images.length >= BUNDLE_INSTANCES) {
      const last = Math.max(left * LAST.share, LAST.bytes);
      fullAt = bundles.length < SMALL.bundles ? SMALL.bytes : Math.min(last, BUNDLE_BYTES);
      bundle = { images: [], bytes: 0, pictures: 0 };
      bundles.push(bundle);
    }
    const bytes = sizeOf(image.source);
    left -= bytes;
    bundle.images.push(image);
    bundle.bytes += bytes;
    bundle.pictures += image.report.frames;
  }
  return bundles;
}

/** By this the server knows an upload again: a digest of which instances there are, in their order and bundles. */
export function fingerprint(bundles) {
  const parts = bundles.map(({ images }) =>
    images.map(({ source, report }) => `${report.sopUid} ${sizeOf(source)}\n`).join(""),
  );
  return sha256(encoder.encode(parts.join("\n")));
}
