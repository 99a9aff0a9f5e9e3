// Keeps the phone's screen fresh while nobody is typing on it. Without script, each press of a button refreshes it.
const screen = document.getElementById("screen");
let etag = "";
function atTheEnd() {
  const thread = document.querySelector(".thread");
  if (thread) thread.scrollTop = thread.scrollHeight;
}
async function refresh() {
  if (document.hidden || screen.contains(document.activeElement)) return;
  const answer = await fetch(screen.dataset.source, { headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.status !== 200) return;
  etag = answer.headers.get("ETag") || "";
  screen.innerHTML = await answer.text();
  atTheEnd();
}
if (screen) {
  atTheEnd();
  setInterval(() => refresh().catch(() => {}), 2000);
}
