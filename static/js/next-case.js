// "Next case": a browser that draws pages ahead has that page ready; others send the form.

const form = document.querySelector("form[data-drawn-ahead]");
form?.addEventListener("submit", (event) => {
  if (!HTMLScriptElement.supports?.("speculationrules")) return;
  event.preventDefault();
  location.assign(form.dataset.drawnAhead);
});
