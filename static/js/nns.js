// Whether only networks of master are listed is a cookie of ten years; the server reads it.

document.querySelector("#master-only").addEventListener("change", (event) => {
  remember("master_only", event.target.checked, 3650 * DAY);
  location.assign("/nns");
});
