// A sequential test as it runs: the figures of /api/get_elo on three gauges, anew every few seconds until it has ended.

const PERIOD = 20 * 1000;
const page = document.querySelector("#live-elo");
const say = (selector, text) => { page.querySelector(selector).textContent = text; };
const rounded = (number) => number.toFixed(2);

// The hand turns from the left end of the scale (low) to the right one (high); the span is the arc between two values.
function show(name, { value, low, high, from, to, text }) {
  const gauge = page.querySelector(`#gauge-${name}`);
  const place = (number) => Math.min(1, Math.max(0, (number - low) / (high - low)));
  gauge.querySelector(".hand").style.rotate = `${180 * place(value)}deg`;
  const length = place(to) - place(from);
  gauge.querySelector(".span").style.strokeDasharray = `0 ${place(from)} ${length} 1`;
  gauge.querySelector("output").textContent = text;
  gauge.querySelector(".low").textContent = rounded(low);
  gauge.querySelector(".high").textContent = rounded(high);
}

function draw(run) {
  const { elo, results } = run;
  const [low, high] = elo.ci;
  // After few games the interval is wider than any scale of use.
  const widest = Math.max(4, 2 * Math.ceil(Math.abs(elo.elo)));
  show("elo", { value: elo.elo, low: -widest, high: widest, from: low, to: high, text: rounded(elo.elo) });
  show("llr", { value: elo.LLR, low: elo.a, high: elo.b, from: Math.min(0, elo.LLR), to: Math.max(0, elo.LLR), text: rounded(elo.LLR) });
  show("los", { value: 100 * elo.LOS, low: 0, high: 100, from: 0, to: 100 * elo.LOS, text: `${(100 * elo.LOS).toFixed(1)}%` });
  say("#elo-interval", `${rounded(elo.elo)} [${rounded(low)}, ${rounded(high)}]`);
  say("#llr-bounds", `${rounded(elo.LLR)} [${rounded(elo.a)}, ${rounded(elo.b)}]`);
  say("#games", `${results.wins + results.losses + results.draws} (W ${results.wins}, L ${results.losses}, D ${results.draws})`);
  say("#pentanomial", results.pentanomial.join(", "));
  say("#live-state", run.finished ? `Finished: ${run.args.sprt.state || "stopped"}` : `Read at ${new Date().toLocaleTimeString()}`);
}

// The number makes each address a new one, so that no cache answers.
async function poll() {
  let finished = false;
  try {
    const answer = await fetch(`/api/get_elo/${page.dataset.run}?${Date.now()}`);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const run = await answer.json();
    draw(run);
    finished = run.finished;
  } catch (trouble) {
    say("#live-state", `No news: ${trouble.message}`);
  }
  if (!finished) setTimeout(poll, PERIOD);
}

poll();
