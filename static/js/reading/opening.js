/**
 * The page of a case may be drawn before anybody looks at it: every module that imports this one
 * waits here until it is seen. Then the case is opened: from now on it is being read, and the server
 * writes that down. Whatever stands in the way is shown by the case's ordinary page.
 */

import { csrfToken } from "../csrf.js";

const form = document.querySelector("form[data-report]");
const { seen, page } = form?.dataset ?? {};

async function open() {
  try {
    const headers = { "X-CSRFToken": csrfToken() };
    const response = await fetch(seen, { method: "POST", headers, redirect: "manual" });
    return response.ok && String((await response.json()).revision) === form.elements.revision.value;
  } catch {
    return false;
  }
}

if (document.prerendering) {
  await new Promise((resolve) => document.addEventListener("prerenderingchange", resolve, { once: true }));
}
if (seen) {
  if (await open()) {
    history.replaceState(null, "", page);
  } else {
    location.replace(page);
    await new Promise(() => {}); // nothing here begins any more
  }
}
