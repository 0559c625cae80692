// The table of levels: normal rows, details, marks on what was found, jumps to open fields.

const selects = (body) => [...body.querySelectorAll(":scope > tr:first-child select")];
const bodies = () => [...document.querySelectorAll("tbody[data-level]")];

function mark(select) {
  select.classList.toggle("has-finding", select.value !== "" && select.value !== select.dataset.normal);
}

function setNormal(body) {
  for (const select of selects(body)) {
    if (select.value || !select.dataset.normal) continue;
    select.value = select.dataset.normal;
    mark(select);
  }
  body.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Fill what is still empty in the row that has the focus, and go on to the next row. */
export function normalHere() {
  const body = document.activeElement?.closest("tbody[data-level]");
  if (!body) return false;
  setNormal(body);
  const next = bodies()[bodies().indexOf(body) + 1];
  selects(next ?? body)[0].focus();
}

const isUntouched = (body) =>
  ![...body.querySelectorAll("select, input, textarea")].some((one) =>
    one.type === "checkbox" ? one.checked : one.value,
  );

export function normalRest() {
  for (const body of bodies().filter(isUntouched)) setNormal(body);
}

export function toggleDetails(body = document.activeElement?.closest("tbody[data-level]"), { focus = true } = {}) {
  if (!body) return false;
  const details = body.querySelector("tr.details");
  details.hidden = !details.hidden;
  body.querySelector("[data-toggle-details]").setAttribute("aria-expanded", String(!details.hidden));
  if (focus && !details.hidden) details.querySelector("select, input").focus();
}

/** Move to the next empty field of the form, forwards or backwards. */
export function goToOpen(form, step) {
  const fields = [...form.querySelectorAll("select, textarea, input[type=text]")].filter(
    (one) => one.offsetParent !== null && !one.value && !one.closest("tr.details, details"),
  );
  if (!fields.length) return false;
  const all = [...form.elements];
  const here = all.indexOf(document.activeElement);
  const order = step > 0 ? fields : [...fields].reverse();
  const next = order.find((one) => (all.indexOf(one) - here) * step > 0) ?? order[0];
  next.focus();
}

export function watchLevels() {
  for (const body of bodies()) {
    for (const select of selects(body)) mark(select);
    body.addEventListener("change", (event) => event.target.matches("select") && mark(event.target));
    body.querySelector("[data-normal-row]").addEventListener("click", () => setNormal(body));
    body.querySelector("[data-toggle-details]").addEventListener("click", () => toggleDetails(body));
  }
  document.querySelector("[data-normal-rest]").addEventListener("click", normalRest);
}
