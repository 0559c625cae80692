// A ZIP file with a password: ask for it; loaded when one is met.
import { markField } from "./element.js";

/** @param {boolean} wasWrong one was given before @param {(password: string) => void} onPassword */
export function askPassword(part, texts, wasWrong, onPassword) {
  const input = part.querySelector("input");
  const mark = (isWrong) => {
    markField(part.querySelector("[data-field]"), isWrong ? texts.say("zip-wrong-password") : null);
    if (isWrong) input.focus();
  };
  part.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    if (input.value) onPassword(input.value);
    else mark(true);
  };
  mark(wasWrong);
}
