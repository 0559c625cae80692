// Where it hurts: the figure and the check boxes beside it are two ways to say the same, always in step.

for (const map of document.querySelectorAll("[data-pain-map]")) {
  const boxes = new Map(
    [...document.getElementsByName(map.dataset.painMap)].map((box) => [box.value, box]),
  );
  const shapesOf = (code) => map.querySelectorAll(`[data-region="${code}"]`);

  const follow = () => {
    for (const [code, box] of boxes) {
      for (const shape of shapesOf(code)) shape.classList.toggle("is-chosen", box.checked);
    }
  };
  const point = (box, isPointed) => {
    for (const shape of shapesOf(box.value)) shape.classList.toggle("is-pointed", isPointed);
  };

  map.addEventListener("click", (event) => {
    boxes.get(event.target.closest("[data-region]")?.dataset.region)?.click();
  });
  for (const box of boxes.values()) {
    box.addEventListener("change", follow);
    box.addEventListener("focus", () => point(box, true));
    box.addEventListener("blur", () => point(box, false));
  }
  addEventListener("pageshow", follow); // a page that comes back brings its ticks along
  follow();
  map.hidden = false;
}
