/** Our extension of OHIF: the spine reader's layouts, keys, toolbar and the line to the report. */

import { clickBeforeKey } from "./clicks.js";
import { compare, toggleComparison, toggleLink } from "./comparison.js";
import { beginOnce } from "./decoding.js";
import { follow } from "./follow.js";
import { PROTOCOL, lumbar } from "./hanging.js";
import { showKeys } from "./help.js";
import { sendKeyImage } from "./key-images.js";
import { drawLevels } from "./level-marks.js";
import { numberLevels } from "./level-tool.js";
import { ask, listen, tell } from "./link.js";
import { acceptLatest, isResting, leaveMeasurements, tellMeasurements, tellNow } from "./measures.js";
import { watchCanvases } from "./on-canvas.js";
import { keepToReport } from "./on-view.js";
import { drawOnWhatIsSeen } from "./pen.js";
import { OUR_BUTTONS, SECTIONS } from "./toolbar.js";
import { setWindow } from "./windows.js";
import { text } from "./words.js";

const key = (commandName, label, keys, commandOptions) => ({
  commandName,
  label,
  keys: [keys],
  isEditable: true,
  ...(commandOptions && { commandOptions }),
});

const LOOKS = "/viewer/own/looks.css";

/** Keys that a reader of still MR pictures has no use for. */
const UNUSED = new Set([
  "toggleCine",
  "setWindowLevelPreset",
  "acceptPreview",
  "interpolateScrollForMarkerLabelmap",
  "increaseBrushSize",
  "decreaseBrushSize",
  "addNewSegment",
]);
const UNUSED_TOOLS = new Set(["CircularEraser", "CircularBrush"]);
const tool = (toolName) => ({ toolName, toolGroupIds: ["default"] });

const OUR_KEYS = [
  key("secondreadKeyImage", text.keyImage, "k"),
  key("secondreadLevels", text.numberLevels, "n"),
  key("secondreadAccept", text.accept, "a"),
  key("secondreadKeys", text.help, "?"),
  key("secondreadCompare", text.compare, "c"),
  key("secondreadLink", text.link, "s"),
  key("secondreadWindow", text.asStored, "1", { width: 1, shift: 0 }),
  key("secondreadWindow", text.softer, "2", { width: 1.6, shift: 0.1 }),
  key("secondreadWindow", text.harder, "3", { width: 0.6, shift: 0 }),
  key("secondreadWindow", text.brighter, "4", { width: 0.8, shift: -0.15 }),
  key("setToolActive", "Window / level", "w", tool("WindowLevel")),
  key("setToolActive", "Length", "d", tool("Length")),
  key("setToolActive", "Angle", "g", tool("Angle")),
  key("setToolActive", "Cobb angle", "b", tool("CobbAngle")),
  key("setToolActive", "Ellipse", "e", tool("EllipticalROI")),
];

/** In the frame beside the report only: a window of its own would stay with the case before. */
const isFramed = window.parent !== window;
if (isFramed) OUR_KEYS.push(key("secondreadNextCase", text.nextCase, "alt+shift+n"));

/** The report of this very page saves itself and goes on; another tab of the case hears nothing. */
async function goOn(services) {
  if (isResting()) {
    await tellNow(services);
    await ask("viewer:keep");
  }
  window.parent.dispatchEvent(new Event("viewer:next-case"));
}

const keyBindings = (bindings) => [
  ...bindings.filter(
    ({ commandName, commandOptions }) =>
      !UNUSED.has(commandName) && !UNUSED_TOOLS.has(commandOptions?.toolName),
  ),
  ...OUR_KEYS,
];

export default {
  id: PROTOCOL,
  preRegistration({ servicesManager, commandsManager, hotkeysManager }) {
    window.secondread = { services: servicesManager.services, commandsManager, hotkeysManager };
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: LOOKS }));
  },
  onModeEnter({ servicesManager, extensionManager }) {
    const { exports } = extensionManager.getModuleEntry("@ohif/extension-cornerstone.utilityModule.common");
    beginOnce(exports.getCornerstoneLibraries().cornerstone.getWebWorkerManager());
    watchCanvases(servicesManager.services);
    clickBeforeKey();
    drawOnWhatIsSeen(servicesManager.services);
    follow(servicesManager.services);
    compare(servicesManager.services);
    drawLevels(servicesManager.services);
    tellMeasurements(servicesManager.services, extensionManager);
    // Cornerstone keeps a click to itself: without this, keys would still go to a field of the report.
    window.addEventListener("pointerdown", () => window.focus(), true);
    listen("viewer:take", () => sendKeyImage(servicesManager.services));
    tell("viewer:ready");
    if (!isFramed) keepToReport();
  },
  onModeExit: leaveMeasurements,
  getHangingProtocolModule: () => [{ name: PROTOCOL, protocol: lumbar }],
  getCommandsModule: ({ servicesManager, commandsManager }) => ({
    defaultContext: "DEFAULT",
    definitions: {
      secondreadKeyImage: { commandFn: () => sendKeyImage(servicesManager.services) },
      secondreadLevels: { commandFn: () => numberLevels(servicesManager.services) },
      secondreadAccept: { commandFn: () => acceptLatest(servicesManager.services) },
      secondreadKeys: { commandFn: () => showKeys(window.secondread.hotkeysManager) },
      secondreadCompare: { commandFn: () => toggleComparison(commandsManager) },
      secondreadLink: { commandFn: toggleLink },
      secondreadNextCase: { commandFn: () => goOn(servicesManager.services) },
      secondreadWindow: {
        commandFn: (options) => setWindow(servicesManager.services, options),
      },
    },
  }),
  getCustomizationModule: () => [
    {
      name: "global",
      value: {
        "ohif.hotkeyBindings": { $apply: keyBindings },
        "cornerstone.toolbarButtons": { $push: OUR_BUTTONS },
        "cornerstone.toolbarSections": SECTIONS,
        "ohif.tours": { $set: [] },
      },
    },
  ],
};
