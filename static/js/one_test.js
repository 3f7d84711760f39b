// The page of a test that somebody follows: its state and, when they are shown, its tasks, anew every few seconds.

const PERIOD = 20 * 1000;
const follow = document.querySelector("#follow");
const tasks = document.querySelector("#task-list");

async function page(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.text();
}

async function refresh() {
  const fresh = new DOMParser().parseFromString(await page(location.href), "text/html");
  for (const part of ["#state-card", "#tasks-count"]) {
    document.querySelector(part).replaceWith(fresh.querySelector(part));
  }
  const rows = tasks.querySelector("[data-rows]");
  if (tasks.open) rows.innerHTML = await page(rows.dataset.rows);
}

// A page in the background waits; a server that is away for a moment is asked again.
setInterval(() => {
  if (follow.getAttribute("aria-pressed") === "true" && !document.hidden) refresh().catch(() => {});
}, PERIOD);

follow.addEventListener("click", () => {
  const on = follow.getAttribute("aria-pressed") !== "true";
  follow.setAttribute("aria-pressed", String(on));
  if (on) refresh().catch(() => {});
});
