/**
 * How a lumbar study hangs: Sag T1 | Sag T2 over Sag STIR (or another with the fat suppressed) | Ax T2, and Sag T2 | Ax T2 as a second stage.
 * With a prior study there is one more stage: current left, prior right, Sag T2 over Ax T2.
 *
 * Series are found by the labels that the portal gave them from physics and geometry ("T2 SAG",
 * "T2 FS SAG", "STIR SAG", "T2 AX"), never by what the scanner called them.
 */

export const PROTOCOL = "secondread.lumbar";
export const COMPARISON = "comparison";
const LEAST_FRAMES = 3;

/** The portal writes it into the Study Description of the older study (imaging/ingest.py). */
const PRIOR = "(prior,";
export const isPrior = (displaySet) => (displaySet?.instances?.[0]?.StudyDescription ?? "").includes(PRIOR);

/** Viewports of the comparison that show the same plane, each to the other. */
export const PAIRS = new Map(
  ["sag", "ax"].flatMap((plane) => [
    [`${plane}-current`, `${plane}-prior`],
    [`${plane}-prior`, `${plane}-current`],
  ]),
);

/** Each of these words; of several in a list, one. */
const words = (...wanted) =>
  wanted.map((word) => ({
    attribute: "SeriesDescription",
    constraint: { containsI: word },
    required: true,
    weight: 10,
  }));

const none = (...unwanted) =>
  unwanted.map((word) => ({
    attribute: "SeriesDescription",
    constraint: { doesNotContainI: word },
    required: true,
  }));

const prefer = (constraint) => ({ attribute: "SeriesDescription", constraint, weight: 5 });
const ratherNot = (...unwanted) => unwanted.map((word) => prefer({ doesNotContainI: word }));
const rather = (word) => prefer({ containsI: word });

const study = (constraint) => [{ attribute: "StudyDescription", constraint, required: true }];

const series = (...rules) => ({
  studyMatchingRules: study({ doesNotContainI: PRIOR }),
  seriesMatchingRules: [
    {
      attribute: "numImageFrames",
      constraint: { greaterThan: { value: LEAST_FRAMES } },
      required: true,
    },
    ...none("LOC"),
    ...rules.flat(),
  ],
});

const ofPrior = (selector) => ({ ...selector, studyMatchingRules: study({ containsI: PRIOR }) });

const viewport = (id, link, viewportId) => ({
  viewportOptions: {
    ...(viewportId && { viewportId }),
    toolGroupId: "default",
    viewportType: "stack",
    allowUnmatchedView: true,
    initialImageOptions: { preset: "middle" },
    syncGroups: link ? [{ type: "imageSlice", id: link, source: true, target: true }] : [],
  },
  displaySets: [{ id }],
});

const stage = (id, name, rows, columns, least, viewports) => ({
  id,
  name,
  stageActivation: { enabled: { minViewportsMatched: least } },
  viewportStructure: { layoutType: "grid", properties: { rows, columns } },
  viewports,
});

/** With the fat suppressed, or one of the pictures that Dixon makes beside the plain one. */
const NOT_PLAIN = ["FS", "WATER", "FAT", "OPP"];
const sagT2 = series(words("T2", "SAG"), ratherNot(...NOT_PLAIN, "MPR", "3D"));
const axT2 = series(words("T2", "AX"), ratherNot(...NOT_PLAIN, "MPR", "3D"));
/** What the portal takes for fluid-sensitive (imaging/validation.py, MISSING-SAG-FS); STIR first. */
const sagFluid = series(
  words("SAG", ["STIR", "T2", "PD"], ["STIR", " FS", "WATER"]),
  none("T1"),
  rather("STIR"),
  ratherNot("MPR"),
);

export const lumbar = {
  id: PROTOCOL,
  name: "Lumbar spine",
  description: "Sag T1 | Sag T2 / Sag STIR | Ax T2",
  isPreset: true,
  icon: "layout-common-2x2",
  toolGroupIds: ["default"],
  numberOfPriorsReferenced: 0,
  protocolMatchingRules: [
    {
      attribute: "ModalitiesInStudy",
      constraint: { contains: ["MR"] },
      required: true,
      weight: 100,
    },
  ],
  displaySetSelectors: {
    sagT1: series(words("T1", "SAG"), ratherNot("+C", ...NOT_PLAIN, "MPR")),
    sagT2,
    sagFluid,
    axT2,
    priorSagT2: ofPrior(sagT2),
    priorAxT2: ofPrior(axT2),
    any: series(),
  },
  defaultViewport: viewport("any"),
  stages: [
    stage("four", "Sag T1, T2, STIR and Ax T2", 2, 2, 3, [
      viewport("sagT1", "sagittal"),
      viewport("sagT2", "sagittal"),
      viewport("sagFluid", "sagittal"),
      viewport("axT2"),
    ]),
    stage("two", "Sag T2 and Ax T2", 1, 2, 2, [viewport("sagT2", "sagittal"), viewport("axT2")]),
    // Three of four: only a study with a prior can fill it.
    stage(COMPARISON, "Current | prior", 2, 2, 3, [
      viewport("sagT2", null, "sag-current"),
      viewport("priorSagT2", null, "sag-prior"),
      viewport("axT2", null, "ax-current"),
      viewport("priorAxT2", null, "ax-prior"),
    ]),
    stage("one", "One series", 1, 1, 1, [viewport("any")]),
  ],
};
