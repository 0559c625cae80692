// The last page before signing: Ctrl+Enter signs too.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = document.querySelector("[data-sign-form]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
