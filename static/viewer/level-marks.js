/** Draw the level labels on every image: names on sagittal and coronal ones, the level on axial ones. */

import { tell } from "./link.js";
import { labels, levelAt, onChange, places, planeOf } from "./levels.js";
import { imageOn } from "./on-canvas.js";

const SVG = "http://www.w3.org/2000/svg";
const INK = "#7fd4c8";
/** Below the orientation letter and the banner of a case with a prior. */
const TOP_PX = 68;
/** Away from the reference line of the middle sagittal image. */
const BESIDE_PX = 12;
let told = null;

export function drawLevels(services) {
  const { cornerstoneViewportService, viewportGridService } = services;
  const each = () => [...viewportGridService.getState().viewports.keys()];
  const draw = (id) => {
    const viewport = cornerstoneViewportService.getCornerstoneViewport(id);
    const imageId = imageOn(viewport);
    if (imageId) drawOn(viewport, planeOf(imageId));
  };
  window.addEventListener("CORNERSTONE_IMAGE_RENDERED", ({ detail }) => draw(detail.viewportId), true);
  onChange(() => each().forEach(draw));

  let position = null;
  const tellLevel = () => {
    const viewport = cornerstoneViewportService.getCornerstoneViewport(viewportGridService.getActiveViewportId());
    const level = levelAt(planeOf(imageOn(viewport)), position);
    if (level !== told) tell("viewer:level", { level });
    told = level;
  };
  window.addEventListener(
    "pointerdown",
    (event) => {
      const viewport = viewportUnder(services, event);
      position = viewport?.canvasToWorld(canvasPoint(viewport, event)) ?? position;
      setTimeout(tellLevel); // the click may make another viewport the active one
    },
    true,
  );
  window.addEventListener("CORNERSTONE_STACK_NEW_IMAGE", tellLevel, true);
  viewportGridService.subscribe(viewportGridService.EVENTS.ACTIVE_VIEWPORT_ID_CHANGED, tellLevel);
  onChange(tellLevel);
}

/** The viewport below the pointer. */
export function viewportUnder({ cornerstoneViewportService, viewportGridService }, event) {
  return [...viewportGridService.getState().viewports.keys()]
    .map((id) => cornerstoneViewportService.getCornerstoneViewport(id))
    .find((viewport) => viewport?.element.contains(event.target));
}

export function canvasPoint(viewport, event) {
  const { left, top } = viewport.element.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

function drawOn(viewport, plane) {
  const layer = viewport.element.querySelector("svg.svg-layer");
  if (!layer) return;
  let group = layer.querySelector("g[data-levels]");
  if (!group) {
    group = document.createElementNS(SVG, "g");
    group.dataset.levels = "";
    layer.append(group);
  }
  group.replaceChildren(...(plane?.frame && plane.frame === labels().frame ? marks(viewport, plane, layer) : []));
}

function marks(viewport, plane, layer) {
  if (plane.view === "axial") {
    const level = levelAt(plane);
    return level ? [word(level, layer.clientWidth / 2 + BESIDE_PX, TOP_PX, "start")] : [];
  }
  const set = new Set(labels().points.map(({ name }) => name));
  return [...places()]
    .filter(([name]) => set.has(name) || !name.includes("-"))
    .flatMap(([name, at]) => {
      const [x, y] = viewport.worldToCanvas(at);
      return [dot(x, y, set.has(name)), word(name, x + 10, y, "start")];
    });
}

function word(text, x, y, anchor) {
  const mark = document.createElementNS(SVG, "text");
  const looks = { x, y, fill: INK, "text-anchor": anchor, "dominant-baseline": "middle" };
  const type = { "font-family": "sans-serif", "font-size": 15, "font-weight": 600 };
  const edge = { stroke: "#000", "stroke-width": 3, "paint-order": "stroke" };
  for (const [name, value] of Object.entries({ ...looks, ...type, ...edge })) mark.setAttribute(name, value);
  mark.textContent = text;
  return mark;
}

function dot(x, y, isSet) {
  const mark = document.createElementNS(SVG, "circle");
  const looks = { cx: x, cy: y, r: 3, fill: isSet ? INK : "none", stroke: INK };
  for (const [name, value] of Object.entries(looks)) mark.setAttribute(name, value);
  return mark;
}
