/**
 * The next case from the reading room, by its button, its key, or the same key in the viewer beside
 * the report. It opens only when all that was typed here is stored; until then this page stays and
 * says what is wrong. Leaving gives the claim back (claim.js).
 */

import { renewToken } from "../csrf.js";
import { bind } from "../keys.js";
import { allArrived } from "./sending.js";

/** Start; `settle` resolves to whether the draft is stored. */
export function offerNextCase(settle) {
  const form = document.querySelector("form[data-next-case]");
  let isLeaving = false;

  async function goOn() {
    if (isLeaving) return;
    isLeaving = true;
    document.activeElement?.blur(); // a caption is sent when its field is left
    if ((await allArrived()) && (await settle())) {
      renewToken(form);
      form.submit();
    } else {
      isLeaving = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void goOn();
  });
  addEventListener("pageshow", () => (isLeaving = false)); // back again
  addEventListener("viewer:next-case", goOn);
  bind({ name: "next_case", key: "n", alt: true, shift: true, run: () => void goOn() });
}
