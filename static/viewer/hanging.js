/**
 * How a lumbar study hangs: Sag T1 | Sag T2 over Sag STIR | Ax T2, and Sag T2 | Ax T2 as a second stage.
 *
 * Series are found by the labels that the portal gave them from physics and geometry ("T2 SAG",
 * "T2 FS SAG", "STIR SAG", "T2 AX"), never by what the scanner called them.
 */

export const PROTOCOL = "secondread.lumbar";
const LEAST_FRAMES = 3;

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

const rather = (word) => ({
  attribute: "SeriesDescription",
  constraint: { doesNotContainI: word },
  weight: 5,
});

const series = (...rules) => ({
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

const viewport = (id, link) => ({
  viewportOptions: {
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
    sagT1: series(words("T1", "SAG"), rather("+C"), rather("FS"), rather("MPR")),
    sagT2: series(words("T2", "SAG"), rather("FS"), rather("MPR"), rather("3D")),
    sagFluid: series(words("SAG"), none("T1"), words("STIR")),
    axT2: series(words("T2", "AX"), rather("FS"), rather("MPR"), rather("3D")),
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
    stage("one", "One series", 1, 1, 1, [viewport("any")]),
  ],
};
