// The queue: say how many cases are selected.

const count = document.querySelector("[data-selected-count]");
const boxes = document.querySelectorAll('input[name="cases"]');
const update = () => {
  if (count) count.textContent = [...boxes].filter((box) => box.checked).length;
};
for (const box of boxes) box.addEventListener("change", update);
update();
