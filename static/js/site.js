// What every page does: tokens in forms, logout, theme, the menu of a narrow screen, and the state of the panels.

const DAY = 24 * 60 * 60;
const token = document.querySelector("meta[name='csrf-token']").content;

function remember(name, value, seconds, path) {
  const where = path ? `; path=${path}` : "";
  document.cookie = `${name}=${value}; max-age=${seconds}; samesite=lax${where}`;
}

for (const form of document.querySelectorAll("form[method='POST']")) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "csrf_token";
  field.value = token;
  form.append(field);
}

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

document.querySelector("#logout")?.addEventListener("click", async () => {
  await fetch("/logout", { method: "POST", headers: { "X-CSRF-Token": token }, redirect: "manual" });
  location.assign("/tests");
});

document.querySelector("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  remember("theme", next, 30 * DAY, "/");
});

const menu = document.querySelector("#menu");
menu.addEventListener("click", () => {
  menu.setAttribute("aria-expanded", String(menu.getAttribute("aria-expanded") !== "true"));
});

// The cookie holds what a button would say: Hide for an open panel, Show for a closed one. The click comes before the
// change; the toggle event will not do, since it also tells of panels that were open from the start.
for (const panel of document.querySelectorAll("details.panel")) {
  panel.querySelector("summary").addEventListener("click", () => {
    remember(panel.dataset.cookie, panel.open ? "Show" : "Hide", Number(panel.dataset.seconds));
  });
}

// A panel's slow part is fetched whenever the panel opens.
for (const place of document.querySelectorAll("details [data-fragment]")) {
  const panel = place.closest("details");
  const load = async () => {
    if (!panel.open) return;
    const answer = await fetch(place.dataset.fragment);
    place.innerHTML = answer.ok ? await answer.text() : "<p>This cannot be shown at the moment.</p>";
  };
  panel.addEventListener("toggle", load);
  load();
}

document.querySelector("tr.shown")?.scrollIntoView({ block: "center" });
