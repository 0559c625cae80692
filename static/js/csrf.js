/**
 * The token that shows a request to be this site's own. Signing in again in another tab changes it,
 * for the pages that stayed open too: the cookie has the one that counts.
 */
export const csrfToken = () => /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";

/** Give a form that was drawn some time ago the token that counts now. */
export function renewToken(form) {
  const field = form.elements.csrfmiddlewaretoken;
  if (field) field.value = csrfToken() || field.value;
}
