/** Draws one picture on a canvas with its own window, zoom and place. */

const LARGEST_ZOOM = 8;
const LEVELS = 256;

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class StackCanvas {
  #canvas;
  #context;
  #bitmap = null;
  #windowed = document.createElement("canvas");
  #frame = 0;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.reset();
    new ResizeObserver(() => this.#fit()).observe(canvas);
  }

  /** Back to the whole picture as the scanner meant it. */
  reset() {
    this.view = { centre: LEVELS / 2, width: LEVELS, inverted: false, zoom: 1, x: 0, y: 0 };
    this.redraw();
  }

  /** Show a bitmap; null clears the canvas. */
  show(bitmap) {
    this.#bitmap = bitmap;
    this.redraw();
  }

  /** The picture as it stands on the screen, as the address of a PNG. */
  toPng() {
    this.#draw();
    return this.#canvas.toDataURL("image/png");
  }

  /** Change the window by grey levels of the preview (0 to 255). */
  moveWindow(levels, width) {
    this.view.centre = clamp(this.view.centre - levels, -LEVELS / 2, 1.5 * LEVELS);
    this.view.width = clamp(this.view.width + width, 4, 4 * LEVELS);
    this.redraw();
  }

  invert() {
    this.view.inverted = !this.view.inverted;
    this.redraw();
  }

  /** Zoom by `factor` around a point given in CSS pixels of the canvas. */
  zoomBy(factor, point = null) {
    const ratio = this.#canvas.width / Math.max(1, this.#canvas.clientWidth);
    const at = point
      ? { x: point.x * ratio - this.#canvas.width / 2, y: point.y * ratio - this.#canvas.height / 2 }
      : { x: 0, y: 0 };
    const zoom = clamp(this.view.zoom * factor, 1, LARGEST_ZOOM);
    const change = zoom / this.view.zoom;
    this.view.x = at.x - (at.x - this.view.x) * change;
    this.view.y = at.y - (at.y - this.view.y) * change;
    this.view.zoom = zoom;
    if (zoom === 1) this.view.x = this.view.y = 0;
    this.redraw();
  }

  /** Move the picture by CSS pixels. */
  panBy(x, y) {
    const ratio = this.#canvas.width / Math.max(1, this.#canvas.clientWidth);
    this.view.x += x * ratio;
    this.view.y += y * ratio;
    this.redraw();
  }

  /** Draw at the next animation frame, once however often it was asked for. */
  redraw() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #fit() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.round(this.#canvas.clientWidth * ratio);
    const height = Math.round(this.#canvas.clientHeight * ratio);
    if (width === this.#canvas.width && height === this.#canvas.height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.redraw();
  }

  #draw() {
    const { width, height } = this.#canvas;
    this.#context.clearRect(0, 0, width, height);
    if (!this.#bitmap || !width || !height) return;
    const scale = Math.min(width / this.#bitmap.width, height / this.#bitmap.height) * this.view.zoom;
    const drawn = { width: this.#bitmap.width * scale, height: this.#bitmap.height * scale };
    this.#keepInSight(drawn);
    this.#context.imageSmoothingQuality = "high";
    this.#context.drawImage(
      this.#source(),
      (width - drawn.width) / 2 + this.view.x,
      (height - drawn.height) / 2 + this.view.y,
      drawn.width,
      drawn.height,
    );
  }

  #keepInSight(drawn) {
    const spareX = Math.max(0, (drawn.width - this.#canvas.width) / 2);
    const spareY = Math.max(0, (drawn.height - this.#canvas.height) / 2);
    this.view.x = clamp(this.view.x, -spareX, spareX);
    this.view.y = clamp(this.view.y, -spareY, spareY);
  }

  /** The bitmap itself, or a copy of it with the window applied to every pixel. */
  #source() {
    const { centre, width, inverted } = this.view;
    if (centre === LEVELS / 2 && width === LEVELS && !inverted) return this.#bitmap;
    this.#windowed.width = this.#bitmap.width;
    this.#windowed.height = this.#bitmap.height;
    const context = this.#windowed.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.#bitmap, 0, 0);
    const image = context.getImageData(0, 0, this.#windowed.width, this.#windowed.height);
    applyTable(image.data, windowTable(centre, width, inverted));
    context.putImageData(image, 0, 0);
    return this.#windowed;
  }
}

function windowTable(centre, width, inverted) {
  const table = new Uint8ClampedArray(LEVELS);
  for (let level = 0; level < LEVELS; level += 1) {
    const shown = ((level - centre) / width + 0.5) * (LEVELS - 1);
    table[level] = inverted ? LEVELS - 1 - clamp(shown, 0, LEVELS - 1) : shown;
  }
  return table;
}

function applyTable(pixels, table) {
  for (let at = 0; at < pixels.length; at += 4) {
    pixels[at] = pixels[at + 1] = pixels[at + 2] = table[pixels[at]];
  }
}
