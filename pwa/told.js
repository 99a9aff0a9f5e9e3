// For the worker: the one line when the clinic's server knocks, and home when it is tapped. It knows no more than that.
addEventListener('push', (event) => event.waitUntil(caches.match('/p/a/told').then((kept) => (
  kept ? kept.json() : {say: 'For you', to: '/c'})).then((told) => registration.showNotification(told.say, {
  tag: 'told', icon: '/p/a/icon.svg', data: told.to}))));
addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow(event.notification.data));
});
