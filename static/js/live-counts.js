// The counts on the tabs stay true while the list is open; a new case is said, and nothing else moves.

const EVERY_MS = 30_000;
const place = document.querySelector("[data-live-counts]");
const said = place.querySelector("[data-news]");

async function refresh() {
  try {
    // Nobody did this: it keeps nobody signed in who went away.
    const response = await fetch(place.dataset.liveCounts, { headers: { "X-Background": "1" }, redirect: "manual" });
    if (response.ok) show(await response.json());
  } catch {
    // No connection: the next time will tell.
  }
}

function show({ counts, news }) {
  for (const [code, count] of Object.entries(counts)) {
    const number = document.querySelector(`[data-count="${code}"]`);
    if (number) number.textContent = count;
  }
  if (said.textContent !== news) said.textContent = news;
  place.querySelector("[data-news-link]").hidden = !news;
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
