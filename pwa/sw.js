// Opens a link that was opened before without the network, from a shell that knows nobody. It keeps only our scripts,
// all or none, under the name of their version, and never takes over a page that is open.
const VERSION = '{version}', FILES = {files}, HEADERS = {headers};
const SHELL = '{shell}';

const shell = () => new Response(SHELL, {headers: HEADERS});

{sender}

addEventListener('install', (event) => event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES))));

// What older forms on this phone were made with stays: a draft is opened with the conditions it began with.
const move = (name) => caches.open(name).then((old) => old.keys().then((found) => Promise.all(found
  .filter((request) => !/page-/.test(request.url))
  .map((request) => Promise.all([caches.open(VERSION), old.match(request)]).then((both) => both[0].put(request, both[1]))))))
  .then(() => caches.delete(name));
addEventListener('activate', (event) => event.waitUntil(caches.keys().then((names) => Promise.all(
  names.filter((name) => name !== VERSION).map(move)))));

// Only the worker that brings the sending along is asked for this. A page that is open sends by itself, and says so.
addEventListener('sync', (event) => event.waitUntil(clients.matchAll({includeUncontrolled: true}).then((open) => (
  !self.farline || open.some((each) => /\/p\//.test(each.url)) ? null : farline.sendAll()))));

addEventListener('fetch', (event) => {
  const request = event.request, url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (/^\/p\/a\//.test(url.pathname)) {
    event.respondWith(caches.match(request).then((found) => found || fetch(request)));
  } else if (request.mode === 'navigate' && /^\/p\/[^/]+(\/home)?$/.test(url.pathname)) {
    event.respondWith(url.search ? fetch(request).catch(shell) : shell());
  }
});
