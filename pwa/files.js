// Photos and voice notes, for forms that ask for one: made small on the phone, without where and when they were taken,
// kept beside the draft under its key, and sent in parts from where the server has them. `words`: as in pin.js.
import {get, put, remove} from './db.js';
import {pathOf, write} from './fields.js';
import {mark} from './form.js';
import {ask, hashOf} from './sync.js';
import {change, keyOf, onlyHere, place, random, seal, unseal} from './vault.js';

const WIDEST = 1600, QUALITY = 0.7, MOST_BYTES = 5e6, PART_BYTES = 32768;
const here = new Map(); // of a phone that must keep nothing, or is told so only after the photo was taken

const box = (path) => document.getElementById('f-' + path);
const beside = (id) => place() + '#' + id;
const keepFile = (id, bytes) => (here.set(id, bytes) && onlyHere() ? Promise.resolve()
  : change(() => 0).then(() => get(place())).then((row) => seal(keyOf(row), bytes)).then((row) => put(beside(id), row)));
export const fileOf = (id) => (onlyHere() || here.get(id) ? Promise.resolve(here.get(id))
  : Promise.all([get(place()), get(beside(id))]).then((rows) => rows[1] && unseal(keyOf(rows[0]), rows[1])).catch(() => null));
const forget = (id) => {
  here.delete(id);
  return remove(beside(id));
};

const loaded = (file, how) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = reject;
  reader[how](file);
});
const shrink = (file) => loaded(file, 'readAsDataURL').then((url) => new Promise((resolve, reject) => {
  const picture = new Image();
  picture.onload = () => {
    const by = Math.min(1, WIDEST / Math.max(picture.naturalWidth, picture.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.naturalWidth * by);
    canvas.height = Math.round(picture.naturalHeight * by);
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(resolve, 'image/jpeg', QUALITY);
  };
  picture.onerror = reject;
  picture.src = url;
}));

// As it is sent. A picture this browser cannot draw goes as it is.
const take = (file) => (/^image\//.test(file.type) ? shrink(file).catch(() => file) : Promise.resolve(file))
  .then((small) => loaded(small || file, 'readAsArrayBuffer')).then((bytes) => {
    if (bytes.byteLength > MOST_BYTES) throw 'large';
    return bytes;
  });

const newId = () => Array.from(random(16), (byte) => ('0' + byte.toString(16)).slice(-2)).join('')
  .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

// The file and the answer that names it in one turn, before the page shows either.
const setFile = (path, file, value) => {
  let old;
  return change((draft) => {
    draft.files = draft.files || {};
    old = draft.files[path];
    delete draft.files[path];
    if (file) draft.files[path] = file;
    draft.answers[path] = value;
    draft.times[path] = Date.now();
  }).then(() => old && forget(old.id)).then(() => write(box(path), value));
};

export const attach = (each, file) => take(file).then((bytes) => hashOf(bytes).then((hash) => {
  const id = newId(), path = pathOf(each);
  return keepFile(id, bytes).then(() => setFile(path, {id, path, hash}, {url: 'urn:uuid:' + id, title: file.name.slice(-60)}));
})).then(() => mark(each), (trouble) => {
  each.querySelector('[type=file]').value = '';
  mark(each, [each, trouble === 'large' ? words.large : words.spoilt]).setAttribute('role', 'alert');
});

// In its field: what it is called, and the button that takes it away.
export const show = (each, given) => {
  const id = (given.url || '').slice(9);
  if (id) fileOf(id).then((bytes) => bytes && here.set(id, bytes));
  each.dataset.v = given && JSON.stringify(given);
  if (given.title || !given) each.querySelector('output').textContent = given && given.title;
  each.querySelector('[data-drop]').hidden = !given;
  each.querySelector('[type=file]').value = '';
};

export const drop = (each) => setFile(pathOf(each), null, null);

const sendParts = (file, bytes) => {
  const from = (start) => (start >= bytes.byteLength ? null : ask('/file/' + file.id, bytes.slice(start, start + PART_BYTES), {
    'Content-Type': 'application/octet-stream', Offset: start, Size: bytes.byteLength, Path: encodeURIComponent(file.path),
    Hash: file.hash || '',
  }).then((answer) => from(answer.received)));
  return ask('/file/' + file.id, null, {}).then((answer) => from(answer.received));
};

export const sendFile = (tell, draft) => {
  const path = Object.keys(draft.files)[0], file = draft.files[path];
  tell('sending');
  return fileOf(file.id).then((bytes) => Promise.resolve(bytes && sendParts(file, bytes)).then(() => change((now) => {
    if (!now.files[path] || now.files[path].id !== file.id) return;
    delete now.files[path];
    if (bytes) return;
    now.answers[path] = null; // cannot be read any more: then the patient is asked for it, and nobody told it is there
    write(box(path), null);
  }))).then(() => forget(file.id));
};
