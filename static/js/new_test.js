// The form of a new test: presets, and only those fields that the chosen kind of test needs. Without scripts every field
// is shown and the server looks at the right ones.

const form = document.querySelector("#new-test");
const fields = form.elements;

function show() {
  const rule = fields.stop_rule.value;
  for (const part of form.querySelectorAll(".rule")) part.hidden = !part.dataset.rules.split(" ").includes(rule);
  fields.new_tc.readOnly = !fields.odds.checked;
  if (!fields.odds.checked) fields.new_tc.value = fields.tc.value;
  fields["arch-filter"].readOnly = !fields["checkbox-arch-filter"].checked;
}

function withHash(options, size) {
  const others = options.split(/\s+/).filter((option) => option && !option.startsWith("Hash="));
  return [`Hash=${size}`, ...others].join(" ");
}

function apply({ tc, threads, hash, elo0, elo1, games }, { base, signature }) {
  fields.tc.value = tc;
  fields.threads.value = threads;
  for (const name of ["new-options", "base-options"]) fields[name].value = withHash(fields[name].value, hash);
  fields.stop_rule.value = games ? "games" : "sprt";
  if (games) fields["num-games"].value = games;
  else [fields.sprt_elo0.value, fields.sprt_elo1.value] = [elo0, elo1];
  if (base) {
    [fields["base-branch"].value, fields["base-signature"].value] = [base, signature];
    forgetCommits();
  }
  show();
}

// A repeated test keeps its commits only as long as it keeps its branches.
function forgetCommits() {
  for (const field of form.querySelectorAll(".resolved")) field.disabled = true;
}

for (const button of form.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => apply(JSON.parse(button.dataset.preset), button.dataset));
}
for (const name of ["tests-repo", "test-branch", "base-branch"]) fields[name].addEventListener("input", forgetCommits);
form.addEventListener("change", show);
fields.tc.addEventListener("input", show);

// One click, one test; a visitor who comes back to the page may send it again.
const submit = form.querySelector("#submit-test");
form.addEventListener("submit", () => { submit.disabled = true; });
addEventListener("pageshow", () => { submit.disabled = false; });
show();
