// What a sequential test costs: the log-likelihood ratio seen as a Brownian motion between its two bounds.
//
// Everything is reckoned in t, the mean result above 1/2 in standard deviations of one game. A test of t0 against t1
// moves by (t1 - t0)(t - (t0 + t1) / 2) a game with variance (t1 - t0)^2, and ends at ln(1/19) or ln(19) (5 % each).

const BOUND = Math.log(19);
const NELO = 800 / Math.LN10; // normalised Elo for one standard deviation
const STEPS = 120; // of a curve
const ROWS = 8; // of the table, less one

const form = document.querySelector("#sprt");
const score = (elo) => 1 / (1 + 10 ** (-elo / 400));
const eloOf = (expected) => -400 * Math.log10(1 / expected - 1);

// The deviation of one game at equal strength: draws make it smaller, and so do openings that favour one side.
function deviation({ draw_ratio, rms_bias }) {
  return Math.sqrt(Math.max(1e-9, (1 - draw_ratio) / 4 - (score(rms_bias) - 0.5) ** 2));
}

function scale(input) {
  const sigma = deviation(input);
  if (input.elo_model === "normalized") {
    return { toT: (elo) => elo / NELO, other: (elo) => eloOf(0.5 + (elo / NELO) * sigma) };
  }
  const toT = (elo) => (score(elo) - 0.5) / sigma;
  return { toT, other: (elo) => NELO * toT(elo) };
}

// The chance to pass and the games to expect, for a true strength t.
function outcome(t, t0, t1) {
  const variance = (t1 - t0) ** 2;
  const drift = (t1 - t0) * (t - (t0 + t1) / 2);
  const pull = (2 * drift * BOUND) / variance;
  const pass = 1 / (1 + Math.exp(-pull));
  const games = Math.abs(pull) < 1e-6 ? BOUND ** 2 / variance : (BOUND * (2 * pass - 1)) / drift;
  return { pass, games };
}

function readForm() {
  const number = (name) => form.elements[name].valueAsNumber;
  return {
    elo_model: form.elements.elo_model.value,
    elo0: number("elo0"),
    elo1: number("elo1"),
    draw_ratio: number("draw_ratio"),
    rms_bias: number("rms_bias"),
  };
}

function points(input, count) {
  const { toT, other } = scale(input);
  const [t0, t1] = [toT(input.elo0), toT(input.elo1)];
  const width = input.elo1 - input.elo0;
  return Array.from({ length: count + 1 }, (_, index) => {
    const elo = input.elo0 + width * ((2 * index) / count - 0.5);
    return { elo, other: other(elo), ...outcome(toT(elo), t0, t1) };
  });
}

function showTable(input) {
  document.querySelector("#other-model").textContent = input.elo_model === "normalized" ? "Logistic Elo" : "Normalized Elo";
  const rows = points(input, ROWS).map((point) => {
    const row = document.createElement("tr");
    const texts = [point.elo.toFixed(2), point.other.toFixed(2), `${(100 * point.pass).toFixed(1)} %`];
    for (const text of [...texts, Math.round(point.games).toLocaleString("en")]) {
      const cell = document.createElement("td");
      cell.className = "number";
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  });
  document.querySelector("#outcomes tbody").replaceChildren(...rows);
}

function draw(place, found, top, valueOf, label) {
  const at = (point, index) => `${((600 * index) / STEPS).toFixed(1)},${(180 - (170 * valueOf(point)) / top).toFixed(1)}`;
  const chart = document.querySelector(place);
  chart.querySelector("polyline").setAttribute("points", found.map(at).join(" "));
  chart.querySelector(".top").textContent = label;
  chart.querySelector(".from").textContent = found[0].elo.toFixed(2);
  chart.querySelector(".to").textContent = found[STEPS].elo.toFixed(2);
}

function show() {
  const input = readForm();
  const usable = form.checkValidity() && input.elo1 > input.elo0;
  document.querySelector("#fault").hidden = usable;
  document.querySelector("#found").hidden = !usable;
  if (!usable) return;
  showTable(input);
  const curve = points(input, STEPS);
  const most = Math.max(...curve.map((point) => point.games));
  draw("#pass-chart", curve, 1, (point) => point.pass, "100 %");
  draw("#games-chart", curve, most, (point) => point.games, Math.round(most).toLocaleString("en"));
}

// An address can carry the numbers, so that a calculation can be sent to somebody.
for (const [name, value] of new URLSearchParams(location.search)) {
  if (form.elements[name]) form.elements[name].value = value;
}
form.addEventListener("input", () => {
  history.replaceState(null, "", `?${new URLSearchParams(new FormData(form))}`);
  show();
});
form.addEventListener("submit", (event) => event.preventDefault());
show();
