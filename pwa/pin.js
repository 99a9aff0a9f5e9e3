// A draft behind a lock code: its key is wrapped by one derived from the code, and is in memory only once that was given.
// `words` come with this script (app/web/patient/words.py).
import {get, keys, put} from './db.js';
import {dress, find, focus, make, mark, state} from './form.js';
import {fileOf} from './files.js';
import {alone, fresh, isSafe, load, lockOf, place, random, seal, unlockWith, writeRow} from './vault.js';

const ROUNDS = 6e5; // of PBKDF2, as OWASP advises for SHA-256
const subtle = self.crypto && crypto.subtle;

const wrapping = (pin, salt) => subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveKey'])
  .then((typed) => subtle.deriveKey({name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS}, typed,
    {name: 'AES-GCM', length: 256}, false, ['wrapKey', 'unwrapKey']));

const unwrap = (kind, by) => subtle.unwrapKey('raw', kind.box, by, {name: 'AES-GCM', iv: kind.iv}, 'AES-GCM', false,
  ['encrypt', 'decrypt']);

const photos = () => keys().then((names) => Promise.all(names.filter((each) => each.indexOf(place() + '#') === 0)
  .map((each) => fileOf(each.split('#')[1]).then((bytes) => [each, bytes]))));

// The draft and its photos again, under a new key. `src`: where this script is, for opening it again without a network.
const lock = (pin, src) => alone('d', () => Promise.all([load(), photos(), get(place())]).then((found) => {
  const salt = random(16), iv = random(12);
  return Promise.all([wrapping(pin, salt),
    subtle.generateKey({name: 'AES-GCM', length: 256}, true, ['encrypt', 'decrypt'])])
    .then((both) => subtle.wrapKey('raw', both[1], both[0], {name: 'AES-GCM', iv}).then((box) => {
      const {lang, dir} = document.documentElement;
      const made = {salt, iv, box, src, look: {lang, dir, style: find('style').textContent}};
      return unwrap(made, both[0]).then((key) => {
        unlockWith(key);
        return writeRow({key: null, lock: made}, key, found[0] || fresh())
          .then(() => Promise.all(found[1].map((one) => one[1] && seal(key, one[1]).then((row) => put(one[0], row)))));
      });
    }));
}));

const codeField = () => {
  const field = make('input', '', 'i n');
  field.id = 'pin';
  field.type = 'password';
  field.inputMode = 'numeric';
  field.autocomplete = 'off';
  return field;
};
const labelled = (text, field) => {
  const label = make('label', text, 'q'), place = make('p', '', 'f');
  label.htmlFor = field.id;
  place.id = 'f-pin';
  place.append(label, field);
  return place;
};
const refuse = (place, text) => {
  mark(place, [place, text]).setAttribute('role', 'alert');
  place.lastElementChild.focus();
};

// Asks for a code in place of the button that wanted one, then locks the draft with it.
export const protect = (button, data) => {
  const form = make('form'), field = codeField(), place = labelled(words.choose, field);
  field.maxLength = 8;
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!/^\d{4,8}$/.test(field.value)) return refuse(place, words.digits);
    // What asks for the code comes first: without it nothing opens where there is no signal.
    Promise.resolve(data.cache && caches.open(data.cache).then((cache) => cache.add(data.more))).catch(() => 0)
      .then(() => lock(field.value, data.more)).then(() => {
        form.remove();
        state(isSafe() ? words.pinned : 'memory', 'pinned');
        focus(find('#state'));
      }).catch(() => 0);
  };
  form.append(place, make('p', words.only), make('button', words.lock));
  button.replaceWith(form);
  field.focus();
};

const unlock = (pin) => lockOf().then((kind) => wrapping(pin, kind.salt).then((by) => unwrap(kind, by))).then(unlockWith);

// Asks for the PIN in place of the page. True once it was given, false when the draft is given up.
export const askPin = () => lockOf().then((kind) => find('style') || !kind.look || dress(kind.look)).then(asked);
const asked = () => new Promise((resolve) => {
  const main = find('main'), page = Array.from(main.childNodes), title = make('h1', words.locked), form = make('form');
  const field = codeField(), place = labelled(words.pin, field), forget = make('button', words.forget, 's');
  const done = (isOpen) => {
    main.textContent = '';
    main.append(...page);
    resolve(isOpen);
  };
  forget.type = 'button';
  forget.onclick = () => done(false);
  form.onsubmit = (event) => {
    event.preventDefault();
    mark(place);
    unlock(field.value).then(() => done(true), () => {
      field.value = '';
      refuse(place, words.wrong);
    });
  };
  main.textContent = '';
  form.append(place, make('button', words.open), ' ', forget);
  main.append(title, form);
  focus(title);
});
