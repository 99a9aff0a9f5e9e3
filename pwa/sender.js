// For the worker, when no page is open: sends every link's draft and messages that wait to be sent. Throws when some still wait, so
// that the browser asks again.
import {get, keys} from './db.js';
import {sendLetters} from './letters.js';
import {flush} from './outbox.js';
import {carryBy} from './sync.js';
import {use, wipe} from './vault.js';

carryBy((path, body, headers) => fetch(path, {method: body ? 'POST' : 'GET', headers, body, credentials: 'same-origin'})
  .then((answer) => answer.text().then((text) => [answer.status, text])));

const sendAll = () => keys().then((names) => names.filter((each) => each.indexOf('#') < 0)
  .reduce((before, each) => before.then((isLate) => get(each).then((row) => {
    if (!row || !row.isQueued || row.lock) return isLate;
    use(each);
    return flush((key, receipt) => (key === 'received' && receipt.status !== 'in-progress' ? wipe() : null))
      .then((trouble) => trouble || sendLetters().catch((word) => word))
      .then((trouble) => isLate || trouble === 'waiting');
  })), Promise.resolve(false))).then((isLate) => {
  if (isLate) throw 'waiting';
});
self.farline = {sendAll};
