// Small help with the page's elements.

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Show one section of the page, hide the others, and bring its heading into focus. */
export function showSection(sections, shown) {
  for (const section of sections) section.hidden = section !== shown;
  shown.querySelector("h2[tabindex]")?.focus();
}

/** Mark a field with an error, or take the mark away. */
export function markField(field, text) {
  const error = field.querySelector("[data-error]");
  field.classList.toggle("field-error", Boolean(text));
  error.hidden = !text;
  error.textContent = text ?? "";
}
