// Key images: the viewer hands them over, the report keeps them, a click leads back to the slice.

import { csrfToken } from "../csrf.js";
import { viewerOf } from "../stack-viewer.js";
import { answer, tell } from "./line.js";
import { track } from "./sending.js";

const section = document.querySelector("[data-key-images]");
const list = section.querySelector("[data-key-image-list]");
const error = section.querySelector("[data-key-image-error]");
const frame = document.querySelector("iframe[data-viewer]");
const stack = document.querySelector("[data-stack-viewer]");
const { keyImages: address } = section.dataset;
/** How many images this page has handed over. */
let kept = 0;
const say = (text, label) => text.replace("{label}", label);

const post = (...request) => track(send(...request));

async function send(url, body, headers = {}) {
  const response = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrfToken(), ...headers } });
  if (!response.ok) throw new Error(String(response.status));
  return response;
}

async function save(image) {
  try {
    const response = await post(address, JSON.stringify(image), { "Content-Type": "application/json" });
    list.append(item(await response.json()));
    kept += 1;
    error.textContent = "";
    return true;
  } catch {
    error.textContent = section.dataset.wordFailed;
    return false;
  }
}

function item(image) {
  const shown = document.createElement("li");
  const words = [image.label, ...image.measurements].join(" · ");
  const picture = Object.assign(new Image(), { src: image.picture, alt: words });
  const show = Object.assign(document.createElement("button"), { type: "button", className: "key-image-show" });
  show.setAttribute("aria-label", say(section.dataset.wordShow, image.label));
  show.append(picture);
  show.addEventListener("click", () => showInViewer(image));
  const facts = Object.assign(document.createElement("span"), { className: "small", textContent: words });
  const caption = Object.assign(document.createElement("input"), {
    type: "text",
    className: "form-control form-control-sm",
    maxLength: 300,
    value: image.caption,
  });
  caption.setAttribute("aria-label", say(section.dataset.wordCaption, image.label));
  caption.addEventListener("change", () => change(image.captionUrl, caption.value));
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet btn-sm", textContent: "×" });
  remove.setAttribute("aria-label", say(section.dataset.wordRemove, image.label));
  remove.addEventListener("click", async () => {
    if (await change(image.removeUrl)) shown.remove();
  });
  shown.append(show, facts, caption, remove);
  return shown;
}

async function change(url, caption = "") {
  try {
    await post(url, new URLSearchParams({ caption }));
    return true;
  } catch {
    error.textContent = section.dataset.wordFailed;
    return false;
  }
}

function showInViewer({ series, sop, frame: number, window }) {
  tell("viewer:show", { series, sop, frame: number, window });
  if (stack) viewerOf(stack)?.showImage(sop, number);
}

answer("viewer:key-image", save);

stack?.addEventListener("stackviewer:key-image", ({ detail }) => {
  const png = viewerOf(stack).picture.toPng();
  void save({ sop: detail.sop, frame: detail.frame, measurements: [], png });
});

addEventListener("keydown", (event) => {
  if (!event.altKey || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  if (stack) viewerOf(stack)?.markKeyImage();
  else tell("viewer:take");
});

// The viewer's keys work when the pointer is over it, but never while somebody types.
frame?.addEventListener("mouseenter", () => {
  if (!document.activeElement?.matches("input, textarea, select")) frame.contentWindow.focus();
});

async function load() {
  const before = kept;
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(String(response.status));
    const { images } = await response.json();
    if (before !== kept) return load(); // an image came meanwhile, which this list may not have
    list.replaceChildren(...images.map(item));
    if (error.textContent === section.dataset.wordMissing) error.textContent = "";
  } catch {
    error.textContent = section.dataset.wordMissing;
    addEventListener("online", load, { once: true });
  }
}

await load();
