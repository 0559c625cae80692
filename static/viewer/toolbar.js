/** The toolbar of a spine reader: what is left of OHIF's, and our own three buttons. */

import { text } from "./words.js";

const button = (id, icon, label, tooltip, command) => ({
  id,
  uiType: "ohif.toolButton",
  props: { type: "action", icon, label, tooltip, commands: command, evaluate: "evaluate.action" },
});

export const OUR_BUTTONS = [
  button("SecondReadCompare", "layout-common-1x2", text.compare, text.compareHelp, "secondreadCompare"),
  button("SecondReadLevels", "tool-annotate", text.numberLevels, text.numberLevelsHelp, "secondreadLevels"),
  button("SecondReadKeyImage", "tool-capture", text.keyImage, text.keyImageHelp, "secondreadKeyImage"),
];

/** Which buttons stand where; in a narrow frame looks.css leaves some of them out. */
export const SECTIONS = {
  primary: {
    $set: [
      "WindowLevel",
      "Zoom",
      "Pan",
      "MeasurementTools",
      "Layout",
      "ReferenceLines",
      "ImageSliceSync",
      "invert",
      "Reset",
      "SecondReadCompare",
      "SecondReadLevels",
      "SecondReadKeyImage",
    ],
  },
  MeasurementTools: {
    $set: [
      "Length",
      "Bidirectional",
      "Angle",
      "CobbAngle",
      "ArrowAnnotate",
      "EllipticalROI",
      "CircleROI",
      "RectangleROI",
      "Probe",
    ],
  },
};
