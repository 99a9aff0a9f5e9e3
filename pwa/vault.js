// One draft per link, encrypted with a key that cannot leave this browser. Read, changed and written in one turn, so
// that two tabs never undo each other.
import {get, keys, put, remove, storage} from './db.js';

const WEEK_MS = 6048e5;
const name = location.pathname;
const subtle = self.crypto && crypto.subtle; // absent on plain http: then nothing is kept
const random = (length) => crypto.getRandomValues(new Uint8Array(length));
let turn = Promise.resolve();
let kept = null; // the draft itself, for a phone that must keep nothing

export const isShared = () => {
  try {
    return Boolean(sessionStorage.getItem('shared'));
  } catch (refused) {
    return false;
  }
};

const onlyHere = () => !subtle || isShared();
export const isSafe = () => storage.isKept && !onlyHere();

// One at a time in this tab, and across tabs where the browser can.
export const alone = (what, work) => {
  const next = () => (navigator.locks ? navigator.locks.request(what + name, work) : work());
  turn = turn.then(next, next);
  return turn;
};

export const load = () => {
  if (onlyHere()) return Promise.resolve(kept);
  return get(name).then((row) => row && subtle.decrypt({name: 'AES-GCM', iv: row.iv}, row.key, row.box)
    .then((bytes) => JSON.parse(new TextDecoder().decode(bytes)))).catch(() => null);
};

const save = (draft) => {
  kept = draft;
  if (onlyHere()) return draft;
  const iv = random(12);
  return get(name)
    .then((row) => (row && row.key) || subtle.generateKey({name: 'AES-GCM', length: 256}, false, ['encrypt', 'decrypt']))
    .then((key) => subtle.encrypt({name: 'AES-GCM', iv}, key, new TextEncoder().encode(JSON.stringify(draft)))
      .then((box) => put(name, {box, iv, key, at: Date.now(), isQueued: Boolean(draft.packet || draft.final)})))
    .then(() => draft);
};

const fresh = () => ({client: Math.random().toString(36).slice(2, 10), next: 1, answers: {}, times: {}});

export const change = (work) => alone('d', () => load().then((found) => {
  const draft = found || kept || fresh();
  work(draft);
  return save(draft);
}));

export const wipe = () => {
  kept = null;
  return remove(name);
};

export const share = () => {
  try {
    sessionStorage.setItem('shared', 1);
  } catch (refused) {
    // the draft is wiped all the same
  }
  return remove(name);
};

// What nobody came back to goes after a week, unless it waits to be sent.
export const wipeOld = () => keys().then((names) => names.forEach((each) => get(each).then((row) => {
  if (row && !row.isQueued && Math.abs(Date.now() - row.at) > WEEK_MS) remove(each);
})));
