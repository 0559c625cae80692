// The last page before signing: Ctrl+Enter signs too, and the case stays claimed.

import { Claim } from "./reading/claim.js";

new Claim();

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = document.querySelector("[data-sign-form]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
