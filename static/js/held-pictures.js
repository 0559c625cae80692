// Held pictures: the numbers of the form are the truth, the picture shows them; dragging fills a line.

const SVG = "http://www.w3.org/2000/svg";
const NAMES = ["x", "y", "width", "height"];

for (const set of document.querySelectorAll("[data-held-set]")) start(set);

function start(set) {
  const stage = set.querySelector("[data-held-stage]");
  const which = set.querySelector("[data-held-which]");
  which?.addEventListener("change", () => {
    stage.querySelector("image").setAttribute("href", which.value);
  });
  const lines = set.querySelector("[data-held-lines]");
  if (!stage || !lines) return;
  const show = () => draw(stage, lines);
  const add = set.querySelector("[data-held-add]");
  add.hidden = false;
  add.addEventListener("click", () => addLine(set, lines).querySelector("input").focus());
  lines.addEventListener("input", show);
  lines.addEventListener("click", (event) => {
    const button = event.target.closest("[data-held-remove]");
    if (!button) return;
    button.closest(".held-line").remove();
    add.focus();
    show();
  });
  showRemove(lines);
  letDrag(stage, (region) => {
    fill(emptyLine(lines) ?? addLine(set, lines), region);
    show();
  });
  show();
}

function showRemove(lines) {
  for (const button of lines.querySelectorAll("[data-held-remove]")) button.hidden = false;
}

function addLine(set, lines) {
  lines.append(set.querySelector("template").content.cloneNode(true));
  showRemove(lines);
  return lines.lastElementChild;
}

function values(line) {
  return NAMES.map((name) => line.querySelector(`[name="${name}"]`).value);
}

function emptyLine(lines) {
  return [...lines.children].find((line) => values(line).every((value) => value === ""));
}

function fill(line, region) {
  NAMES.forEach((name, at) => {
    line.querySelector(`[name="${name}"]`).value = region[at];
  });
}

function draw(stage, lines) {
  const marks = stage.querySelector("[data-held-marks]");
  const filled = [...lines.children].map(values).filter((line) => line.every((value) => value !== ""));
  marks.replaceChildren(...filled.map(rectangle));
}

function rectangle(region) {
  const element = document.createElementNS(SVG, "rect");
  NAMES.forEach((name, at) => element.setAttribute(name, region[at]));
  return element;
}

function letDrag(stage, done) {
  const { width: columns, height: rows } = stage.viewBox.baseVal;
  const at = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(stage.getScreenCTM().inverse());
    return [Math.min(Math.max(point.x, 0), columns), Math.min(Math.max(point.y, 0), rows)];
  };
  const between = ([ax, ay], [bx, by]) => {
    const [left, top] = [Math.floor(Math.min(ax, bx)), Math.floor(Math.min(ay, by))];
    return [left, top, Math.ceil(Math.max(ax, bx)) - left, Math.ceil(Math.max(ay, by)) - top];
  };
  let from = null;
  let shown = null;
  stage.addEventListener("pointerdown", (event) => {
    from = at(event);
    shown = rectangle([0, 0, 0, 0]);
    shown.classList.add("drawing");
    stage.append(shown);
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!from) return;
    between(from, at(event)).forEach((value, index) => shown.setAttribute(NAMES[index], value));
  });
  const end = (event) => {
    if (!from) return;
    const region = between(from, at(event));
    shown.remove();
    from = shown = null;
    if (event.type === "pointerup" && region[2] > 1 && region[3] > 1) done(region);
  };
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);
}
