// Opens a link that was opened before without the network, from a shell that knows nobody. It keeps only our scripts,
// all or none, under the name of their version, and never takes over a page that is open.
const VERSION = '{version}', FILES = {files}, HEADERS = {headers};
const SHELL = '{shell}';

addEventListener('install', (event) => event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES))));

addEventListener('activate', (event) => event.waitUntil(caches.keys().then((names) => Promise.all(
  names.filter((name) => name !== VERSION).map((name) => caches.delete(name))))));

addEventListener('fetch', (event) => {
  const request = event.request, url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (/^\/p\/a\//.test(url.pathname)) {
    event.respondWith(caches.match(request).then((found) => found || fetch(request)));
  } else if (request.mode === 'navigate' && /^\/p\/[^/]+$/.test(url.pathname) && !url.search) {
    event.respondWith(new Response(SHELL, {headers: HEADERS}));
  }
});
