// Runs in the head, before the first paint: dark when the reader chose it, when the page is dark by default
// (the reading room), or when the system asks for it.
(() => {
  const isDarkByDefault = document.documentElement.dataset.bsTheme === "dark";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };
  const apply = () => {
    const theme = chosen() ?? (isDarkByDefault || system.matches ? "dark" : "light");
    document.documentElement.dataset.bsTheme = theme;
    document.documentElement.classList.add("js");
  };
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
})();
