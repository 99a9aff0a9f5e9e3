// The worker of this page: which one, and what it is asked to do.
const SENDER = '/sw.js?send=1';
const workers = navigator.serviceWorker;
const register = (url) => workers.register(url, {scope: '/p/', updateViaCache: 'all'}).catch(() => 0);

// `brought`: what the page says of its release, `cache` where the worker keeps it, none when it is switched off.
export const install = (brought) => workers && workers.getRegistration('/p/').then((found) => {
  if (!brought.cache) return found && found.unregister();
  const worker = found && (found.waiting || found.active);
  return register(worker && worker.scriptURL.endsWith(SENDER) ? SENDER : '/sw.js')
    .then(() => brought.src && caches.open(brought.cache).then((cache) => cache.addAll(brought.src)));
}).catch(() => 0);

// Where the browser can, it sends once there is a link, even when this page is closed: by a worker that brings the sending
// along, fetched once there is something to lose. Asks the browser, too, not to clear what is kept.
let bringing = 0;
export const bringSender = (cache) => {
  if (self.SyncManager && cache) bringing = register(SENDER);
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => 0);
};

// Tells whether that worker is there and will be woken.
export const sendLater = () => (workers ? workers.ready : Promise.reject()).then((worker) => worker.sync.register('send')
  .then(() => /send/.test(worker.active.scriptURL) || bringing)).catch(() => 0);
