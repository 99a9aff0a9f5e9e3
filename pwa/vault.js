// One draft per link, encrypted with a key that cannot leave this browser, or that only a PIN unwraps (pin.js). Read,
// changed and written in one turn, so that two tabs never undo each other. Photos lie beside it (files.js).
import {get, keys, put, remove, storage} from './db.js';

const WEEK_MS = 6048e5;
const subtle = self.crypto && crypto.subtle; // absent on plain http: then nothing is kept
export const random = (length) => crypto.getRandomValues(new Uint8Array(length));
let name = location.pathname;
let turn = Promise.resolve();
let kept = null; // the draft itself, for a phone that must keep nothing
let unwrapped = null; // the key, once the PIN was given
export const unlockWith = (key) => {
  unwrapped = key;
};

export const place = () => name;
export const use = (path) => {
  name = path;
  kept = null; // never another link's
};

export const isShared = () => {
  try {
    return Boolean(sessionStorage.getItem('shared'));
  } catch (refused) {
    return false;
  }
};

export const onlyHere = () => !subtle || isShared();
export const isSafe = () => storage.isKept && !onlyHere();

// One at a time in this tab, and across tabs where the browser can.
export const alone = (what, work) => {
  const next = () => (navigator.locks ? navigator.locks.request(what + name, work) : work());
  turn = turn.then(next, next);
  return turn;
};

export const seal = (key, bytes) => {
  const iv = random(12);
  return subtle.encrypt({name: 'AES-GCM', iv}, key, bytes).then((box) => ({iv, box}));
};
export const unseal = (key, row) => subtle.decrypt({name: 'AES-GCM', iv: row.iv}, key, row.box);
export const keyOf = (row) => {
  const key = row && (row.lock ? unwrapped : row.key);
  if (row && !key) throw 'locked';
  return key;
};

// The draft; null when there is none or it cannot be read any more. Throws "locked" until the PIN is given.
export const load = () => {
  if (onlyHere()) return Promise.resolve(kept);
  return get(name).then((row) => row && unseal(keyOf(row), row)
    .then((bytes) => JSON.parse(new TextDecoder().decode(bytes)))).catch((error) => {
    if (error === 'locked') throw error;
    return kept;
  });
};

export const writeRow = (row, key, draft) => seal(key, new TextEncoder().encode(JSON.stringify(draft))).then((sealed) => {
  const isQueued = Boolean(draft.packet || draft.final || (draft.letters || []).length);
  return put(name, Object.assign({key}, row, sealed, {at: Date.now(), isQueued}));
});

// A phone that is nearly full keeps the answers rather than the page around them.
const save = (draft) => {
  kept = draft;
  if (onlyHere()) return draft;
  return get(name).then((row) => Promise.resolve(keyOf(row)
    || subtle.generateKey({name: 'AES-GCM', length: 256}, false, ['encrypt', 'decrypt'])).then((key) => writeRow(row, key, draft)
    .then(() => storage.isKept || writeRow(row, key, Object.assign({}, draft, {page: null}))))).then(() => draft);
};

export const fresh = () => ({client: Math.random().toString(36).slice(2, 10), next: 1, answers: {}, times: {}, files: {}});

export const change = (work) => alone('d', () => load().then((found) => {
  const draft = found || kept || fresh();
  work(draft);
  return save(draft);
}));

const clear = () => keys().then((names) => Promise.all(names.filter((each) => each.split('#')[0] === name).map(remove)));
// In its turn, so that nothing being written meanwhile comes after it.
export const wipe = () => alone('d', () => {
  kept = null;
  return clear();
});

export const share = () => {
  try {
    sessionStorage.setItem('shared', 1);
  } catch (refused) {
    // the draft is wiped all the same
  }
  return alone('d', clear);
};

// What nobody came back to goes after a week, unless it waits to be sent. A clock set back starts the week again.
// A row that cannot be read just now is not an old one.
export const wipeOld = () => keys().then((names) => names.forEach((each) => {
  const owner = each.split('#')[0];
  if (!names.includes(owner)) return remove(each);
  return get(owner).then((row) => {
    const age = row ? Date.now() - row.at : 0;
    if (age < -864e5) put(owner, Object.assign(row, {at: Date.now()}));
    else if (age > WEEK_MS && !row.isQueued) remove(each);
  });
}));

export const lockOf = () => get(name).then((row) => row && row.lock);
