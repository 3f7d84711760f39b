// How often GitHub may still be asked: by the server, and by this browser's address.

const QUOTAS = [
  ["#server", "/api/rate_limit", (answer) => answer],
  ["#client", "https://api.github.com/rate_limit", (answer) => answer.resources.core],
];

async function show(place, address, quotaOf) {
  const fields = document.querySelector(place).querySelectorAll("[data-field]");
  let texts;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    texts = textsOf(quotaOf(await answer.json()));
  } catch {
    texts = {}; // GitHub or the network is away: the page says so
  }
  for (const field of fields) field.textContent = texts[field.dataset.field] ?? "unknown";
}

function textsOf({ limit, remaining, used, reset }) {
  return { limit, remaining, used, reset: new Date(reset * 1000).toLocaleTimeString() };
}

for (const quota of QUOTAS) show(...quota);
