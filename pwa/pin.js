// A draft behind a PIN: its key is wrapped by one derived from the PIN, and is in memory only once that was given.
import {get, keys, put} from './db.js';
import {focus, make, state, word} from './form.js';
import {fileOf} from './files.js';
import {alone, fresh, isSafe, load, lockOf, place, random, seal, unlockWith, write} from './vault.js';

const ROUNDS = 6e5; // of PBKDF2, as OWASP advises for SHA-256
const subtle = self.crypto && crypto.subtle;

const wrapping = (pin, salt) => subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveKey'])
  .then((typed) => subtle.deriveKey({name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS}, typed,
    {name: 'AES-GCM', length: 256}, false, ['wrapKey', 'unwrapKey']));

const unwrap = (kind, by) => subtle.unwrapKey('raw', kind.box, by, {name: 'AES-GCM', iv: kind.iv}, 'AES-GCM', false,
  ['encrypt', 'decrypt']);

const beside = () => keys().then((names) => Promise.all(names.filter((each) => each.indexOf(place() + '#') === 0)
  .map((each) => fileOf(each.split('#')[1]).then((bytes) => [each, bytes]))));

// The draft and its photos again, under a new key. `words` are what is asked before the page can speak for itself.
const lock = (pin, words, src) => alone('d', () => Promise.all([load(), beside(), get(place())]).then((found) => {
  const salt = random(16), iv = random(12);
  return Promise.all([wrapping(pin, salt),
    subtle.generateKey({name: 'AES-GCM', length: 256}, true, ['encrypt', 'decrypt'])])
    .then((both) => subtle.wrapKey('raw', both[1], both[0], {name: 'AES-GCM', iv}).then((box) => {
      const made = {salt, iv, box, words, src};
      return unwrap(made, both[0]).then((key) => {
        unlockWith(key);
        return write({key: null, lock: made}, key, found[0] || fresh())
          .then(() => Promise.all(found[1].map((one) => one[1] && seal(key, one[1]).then((row) => put(one[0], row)))));
      });
    }));
}));

export const protect = (data) => {
  const field = document.querySelector('#pin'), words = {};
  if (!/^\d{4,8}$/.test(field.value)) return field.focus();
  ['locked', 'pin', 'open', 'wrong', 'forget'].forEach((key) => {
    words[key] = word(key);
  });
  return lock(field.value, words, data.more).then(() => {
    field.value = '';
    state(isSafe() ? 'pinned' : 'memory');
    return data.cache && caches.open(data.cache).then((cache) => cache.add(data.more)).catch(() => 0);
  });
};

const unlock = (pin) => lockOf().then((kind) => wrapping(pin, kind.salt).then((by) => unwrap(kind, by))).then(unlockWith);

// Asks for the PIN in place of the page. True once it was given, false when the draft is given up.
export const askPin = (kind) => new Promise((resolve) => {
  const words = kind.words, main = document.querySelector('main'), page = Array.from(main.childNodes);
  const title = make('h1', words.locked), label = make('label', words.pin + ' ', 'q'), field = make('input', '', 'i n');
  const wrong = make('p', '', 'e'), forget = make('button', words.forget, 's'), form = make('form');
  const done = (isOpen) => {
    main.textContent = '';
    main.append(...page);
    resolve(isOpen);
  };
  field.type = 'password';
  field.inputMode = 'numeric';
  field.autocomplete = 'off';
  wrong.setAttribute('role', 'alert');
  forget.type = 'button';
  forget.onclick = () => done(false);
  form.onsubmit = (event) => {
    event.preventDefault();
    wrong.textContent = '';
    unlock(field.value).then(() => done(true), () => {
      wrong.textContent = words.wrong;
      field.value = '';
      field.focus();
    });
  };
  main.textContent = '';
  label.append(field);
  form.append(label, wrong, make('button', words.open), ' ', forget);
  main.append(title, form);
  focus(title);
});
