// Turns on, by a button and never by itself, that this phone shows one line when something waits. Whatever the browser
// refuses is said, and nothing has changed then.
const form = document.querySelector('[data-notices]');
const WORKER = '/sw.js?send=1'; // the worker that brings along what shows the line (told.js)

const isShared = () => {
  try {
    return Boolean(sessionStorage.getItem('shared'));
  } catch (refused) {
    return false;
  }
};
const isPossible = () => Boolean(self.Notification && self.PushManager && self.caches && navigator.serviceWorker && !isShared());

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (each) => each.charCodeAt(0));

const ask = () => Notification.requestPermission().then((answer) => {
  if (answer !== 'granted') throw 'denied';
});
const subscribe = () => navigator.serviceWorker.register(WORKER, {scope: '/p/', updateViaCache: 'all'})
  .then(() => navigator.serviceWorker.ready)
  .then((worker) => worker.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: bytesOf(form.dataset.key)}));
const tell = (found) => fetch(form.action, {
  method: 'POST', credentials: 'same-origin', body: new URLSearchParams({endpoint: found.endpoint}),
  headers: {Accept: 'application/json'},
}).then((answer) => {
  if (answer.ok) return answer.text();
  throw 'failed';
});

// What the worker shows, and where it goes: kept beside the scripts, so that a newer worker finds it too.
const keep = (text) => caches.open(form.dataset.cache).then((cache) => cache.put('/p/a/told', new Response(text)));

let isAsking = false;
const turnOn = (event) => {
  event.preventDefault();
  if (isAsking) return;
  isAsking = true;
  const said = (what) => form.querySelectorAll('[role=alert]').forEach((each) => {
    each.hidden = !each.hasAttribute('data-' + what);
  });
  said('nothing');
  ask().then(subscribe).then((found) => tell(found).then(keep).catch((trouble) => found.unsubscribe().then(() => {
    throw trouble; // known to one and not the other it would never be shown: what the server has ends with its next knock
  }))).then(() => location.replace(form.dataset.then))
    .catch((trouble) => {
      isAsking = false;
      said(trouble === 'denied' ? 'denied' : 'failed');
    });
};

// On a shared phone nothing is kept and nothing shown: the server hears of it with its next knock.
const hush = () => navigator.serviceWorker.getRegistration('/p/')
  .then((worker) => worker && worker.pushManager.getSubscription()).then((found) => found && found.unsubscribe())
  .then(() => caches.keys()).then((names) => names.forEach((each) => caches.open(each)
    .then((cache) => cache.delete('/p/a/told'))));

if (isShared() && navigator.serviceWorker && self.caches && self.PushManager) hush().catch(() => 0);
if (form && isPossible()) {
  form.hidden = false;
  document.querySelector('[data-no-notices]').hidden = true;
  form.addEventListener('submit', turnOn);
}
