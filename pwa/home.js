// Home without a network: the page as it was, with its age said, and messages that wait on the phone until they are sent.
import {begin, find, focus, make, queued, state, word} from './form.js';
import {address, sendLetter, without} from './letters.js';
import {carry} from './sync.js';
import {change, isSafe, load, random, share} from './vault.js';
import {bringSender} from './worker.js';

const AGES = [['day', 864e5], ['hour', 36e5], ['minute', 6e4]];
let data = '', asking = null, isWriting = false;

// "3 hours ago" where the browser can say it; the page itself gives day and time.
const ageOf = (made) => {
  const past = Math.max(0, Date.now() - new Date(made)), unit = AGES.find((each) => past >= each[1]) || AGES[2];
  if (!self.Intl || !Intl.RelativeTimeFormat) return '';
  return new Intl.RelativeTimeFormat(document.documentElement.lang, {numeric: 'auto'}).format(-Math.floor(past / unit[1]), unit[0]);
};

const sayAge = () => {
  const line = find('#age');
  line.textContent = word('old').replace('{age}', ageOf(find('[data-home]').dataset.made));
  line.hidden = false;
};

// What waits to be sent, under what was said.
const showWaiting = (letters) => {
  const list = find('#letters');
  list.textContent = '';
  letters.forEach((each) => {
    const note = make('p', each.words, 'w note');
    note.dir = 'auto';
    list.append(note);
  });
};

// The server's page in place of this one, what is being typed kept. False when it asks who is there.
const show = (text) => {
  const found = new DOMParser().parseFromString(text, 'text/html'), html = document.documentElement, typed = find('#w').value;
  if (!found.querySelector('[data-home]')) return false;
  html.lang = found.documentElement.lang;
  html.dir = found.documentElement.dir;
  find('main').innerHTML = found.querySelector('main').innerHTML;
  if (typed) find('#w').value = typed;
  take(found.querySelector('#data').textContent);
  return true;
};

const take = (text) => {
  data = text;
  begin(JSON.parse(text));
  find('#tools').hidden = false;
};

// As it is kept: without what was only said once, and without what waits. What it now shows as `sent` waits no more.
const keepPage = (sent) => {
  const {lang, dir} = document.documentElement, main = find('main').cloneNode(true);
  Array.from(main.querySelectorAll('.said')).forEach((each) => each.remove());
  main.querySelector('#letters').textContent = '';
  const page = {lang, dir, style: find('style').textContent, main: main.innerHTML, data};
  return change((draft) => {
    draft.page = page;
    if (sent) without(draft, sent);
  }).then((draft) => showWaiting(draft.letters || []));
};

// What waits is sent one after the other. Each answer is the page as it is now; when nothing waits it is fetched.
const ask = () => load().then((draft) => {
  const letters = (draft && draft.letters) || [], letter = letters[0];
  return (letter ? sendLetter(letter) : carry(address() + '?new=1', null, {})).then((answer) => {
    if (answer[0] >= 500) throw 'waiting';
    if (!show(answer[1])) throw 'who'; // asked again who it is, or told that the link has ended
    const isTaken = letter && answer[0] === 200;
    showWaiting(letters.slice(isTaken ? 1 : 0));
    return keepPage(isTaken && letter).then(load)
      .then((now) => (isTaken || (!letter && (now.letters || []).length)) && ask()); // or written meanwhile
  });
});
const refresh = () => {
  asking = asking || ask().catch((trouble) => load().then((draft) => {
    const waits = ((draft && draft.letters) || []).length;
    sayAge();
    if (trouble !== 'waiting') state(trouble);
    else if (waits) queued();
    find('#retry').hidden = !waits;
  })).then(() => {
    asking = null;
  });
  return asking;
};

// A second tap while the first is being kept is the same wish.
const write = () => {
  const said = find('#w').value.trim();
  if (isWriting) return;
  isWriting = true;
  const letter = {words: said, key: Array.from(random(12), (byte) => byte.toString(16)).join('')};
  return change((draft) => {
    draft.letters = (draft.letters || []).concat(letter);
  }).then((draft) => {
    const field = find('#w'); // the page may be a newer one by now
    isWriting = false;
    if (field.value.trim() === said) field.value = '';
    showWaiting(draft.letters);
    if (isSafe()) bringSender(JSON.parse(data).cache);
    return refresh();
  });
};

const act = (event) => {
  const button = event.target.closest('button,a[href^="/p/"]');
  if (!button) return;
  if (button.id === 'shared') {
    share().then(() => state('nothing'));
    if (button.value) document.head.append(Object.assign(make('script'), {src: button.value})); // it says nothing either
  } else if (button.name === 'write' && find('#w').value.trim()) write();
  else if (button.id === 'retry') refresh();
  else if (navigator.onLine === false) {
    state('link');
    focus(find('#state'));
  } else return;
  event.preventDefault();
};

const wake = () => {
  find('main').addEventListener('click', act);
  addEventListener('online', refresh);
  return load().then((draft) => showWaiting((draft && draft.letters) || []));
};

// The server has just made this page.
export const fromServer = (text) => {
  take(text);
  const keeping = keepPage();
  wake();
  return keeping.then(load).then((draft) => (draft.letters || []).length && refresh());
};

// From the phone: at once, then as it is now if the server can be reached.
export const fromPhone = (text) => {
  take(text);
  sayAge();
  return wake().then(refresh);
};
