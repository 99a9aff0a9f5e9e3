// Keeps the phone's screen and the clock fresh while nobody is typing on them. Without script, each press of a button does.
function atTheEnd() {
  const thread = document.querySelector(".thread");
  if (thread) thread.scrollTop = thread.scrollHeight;
}
async function refresh(part) {
  if (document.hidden || part.contains(document.activeElement)) return;
  const answer = await fetch(part.dataset.source, { headers: part.etag ? { "If-None-Match": part.etag } : {} });
  if (answer.status !== 200) return;
  part.etag = answer.headers.get("ETag");
  part.innerHTML = await answer.text();
  atTheEnd();
}
atTheEnd();
for (const part of document.querySelectorAll("[data-source]")) {
  setInterval(() => refresh(part).catch(() => {}), 2000);
}
