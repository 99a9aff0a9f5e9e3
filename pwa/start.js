// Wakes a page the server sent, or opens the draft on this phone when the worker answered instead of the server.
import {boxes, pathOf, read, write} from './fields.js';
import {arrange, begin, check, close, dress, find, finish, go, queued, state, tell} from './form.js';
import {flush, waits} from './outbox.js';
import {alone, change, isSafe, load, lockOf, share, wipe, wipeOld} from './vault.js';
import {bringSender, install} from './worker.js';

const main = find('main');
let typing = 0, isDone = false, isRefused = false, isAsked = false, known = {}, data = {};

const told = (key, receipt, isMore) => {
  if (key === 'received' && receipt.status !== 'in-progress') {
    isDone = true;
    return wipe().then(() => finish(receipt));
  }
  if (key === 'received') {
    if (receipt.told.length) tell(receipt.told);
    if (isMore) return null;
    close(false);
    state(isSafe() ? 'received' : 'memory');
    if (receipt.missing.length || receipt.refused.length) check(receipt);
    return null;
  }
  isRefused = key === 'refused';
  return load().then((draft) => {
    const isFinal = draft && draft.final;
    if (isFinal) close(true);
    if (key === 'waiting' && isFinal) queued();
    else state(key === 'waiting' ? (isSafe() ? 'phone' : 'memory') : key, key);
  });
};
const send = () => (isDone || isRefused ? null : flush(told));

const answers = (root) => {
  const found = {};
  boxes(root).forEach((each) => {
    const value = read(each);
    if (value !== null && value !== undefined) found[pathOf(each)] = value;
  });
  return found;
};

const isStill = (each, seen) => '[' + JSON.stringify(read(each)) + ']' === JSON.stringify([seen[pathOf(each)]]);

// What changed on this page since it was last looked at: another tab's answers are left as they are. Looked at in the
// draft's turn, so that what is known of the page and what is kept of it are one.
const keep = () => {
  clearTimeout(typing);
  arrange(answers());
  return change((draft) => boxes().forEach((each) => {
    const path = pathOf(each), value = read(each);
    if (value === undefined || isStill(each, known)) return;
    draft.answers[path] = known[path] = value;
    draft.times[path] = Date.now();
  })).then((draft) => {
    if (!waits(draft)) return;
    state(isSafe() ? 'phone' : 'memory');
    if (isSafe()) settle();
  });
};

// After the first answer kept: that it is not lost, and that the page can be put on the home screen.
const settle = () => {
  if (isAsked) return;
  isAsked = true;
  bringSender(data.cache);
  if (!data.app) return;
  const link = document.createElement('link');
  link.rel = 'manifest';
  link.href = data.app;
  document.head.append(link);
};

// `seen`: what the fields held when last looked at. One changed since then is newer than the draft, and is kept next.
const restore = (draft, paths, seen) => {
  boxes().filter((each) => paths.includes(pathOf(each)) && isStill(each, seen)).forEach((each) => {
    const path = pathOf(each);
    known[path] = draft.answers[path];
    write(each, known[path]);
  });
  arrange(answers());
  if (draft.final) {
    close(true);
    queued();
  }
};

const act = (event) => {
  const button = event.target.closest('button');
  if (!button || (button.form && button.form.id !== 'form')) return;
  if (button.name === 'lang') leave(button.value);
  else if (button.id === 'back') go(-1);
  else if (button.id === 'retry') send();
  else if (button.id === 'shared') share().then(() => change(() => 0)).then(() => state('memory'));
  else if (button.id === 'lock') protect(button);
  else if (button.dataset.drop) farline.more.drop(button.closest('[data-t]')).then(keep);
  else if (button.name === 'go') keep().then(send), go(1);
  else if (button.name === 'finish') last();
  else keep().then(send);
  event.preventDefault();
};

// The same form in another language comes from the server; the answers stay on the phone meanwhile.
const leave = (tag) => keep().then(() => {
  if (navigator.onLine === false) state('link');
  else location.assign('?new=1&lang=' + tag);
});

// What only some need comes when it is needed: photos, the lock.
const more = (url) => (self.farline.more ? Promise.resolve() : fetched(url)).then(() => {
  if (!farline.more) throw 'link';
  return farline.more;
});

const protect = (button) => keep().then(() => more(data.more)).then((found) => found.protect(button, data))
  .catch((trouble) => state(trouble === 'link' ? 'link' : 'memory'));

// Until the code of a locked draft is given, or the draft is thrown away for it. `src`: this release's, when the server was asked.
const unlocked = (src) => load().then(() => 0, () => lockOf().then((kind) => more(src || kind.src)).then((found) => found.askPin())
  .then((isOpen) => (isOpen ? 0 : wipe().then(() => location.replace('?new=1')))));

const last = () => keep().then(() => {
  if (!check()) return null;
  close(true);
  return change((draft) => {
    draft.final = true;
  }).then(() => {
    queued();
    return send();
  });
});

const wake = (text) => {
  data = JSON.parse(text);
  begin(data);
  find('#tools').hidden = false;
  const form = find('form');
  form.addEventListener('change', (event) => {
    const one = event.target, file = one.files && one.files[0];
    if (file) farline.more.attach(one.closest('[data-t]'), file).then(keep).then(send);
    else keep();
  });
  form.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(keep, 400);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  main.addEventListener('click', act);
  addEventListener('online', send);
  document.addEventListener('visibilitychange', () => {
    if (isDone) return;
    if (document.hidden) keep().then(send);
    else alone('d', () => load().then((draft) => (draft ? restore(draft, Object.keys(draft.answers), known)
      : form.hidden && location.replace('?new=1')))).then(send); // gone: sent by another tab or the worker
  });
};

const unsent = (draft) => Object.keys(draft.packet ? JSON.parse(draft.packet).answers : {}).concat(Object.keys(draft.times));

// The server's page is the newest word on everything except what this phone has not sent yet.
const online = (text) => {
  const html = document.documentElement;
  const page = {lang: html.lang, dir: html.dir, style: find('style').textContent, main: main.innerHTML, data: text};
  const sent = document.createElement('div');
  sent.innerHTML = page.main; // as the server sent it: somebody quick has already answered before this script came
  const shown = answers(sent);
  return unlocked(JSON.parse(text).more).then(() => {
    known = Object.assign({}, shown);
    const seen = answers();
    return change((draft) => {
      unsent(draft).forEach((path) => {
        shown[path] = draft.answers[path];
      });
      draft.answers = shown;
      draft.page = page;
    }).then((draft) => {
      history.replaceState(null, '', location.pathname + location.hash); // reloaded without a link it opens from here
      wake(text);
      restore(draft, unsent(draft), seen);
      return keep();
    });
  });
};

// Nothing of this link is to be had here: also what asks for the lock code may not have been kept.
const none = () => {
  const words = find('#none');
  if (words) words.hidden = false;
};
const offline = () => unlocked().then(load).then((draft) => {
  if (!draft || !draft.page) return location.search ? none() : location.replace('?new=1');
  const page = draft.page;
  dress(page);
  const data = JSON.parse(page.data);
  return (data.src || []).reduce((before, each) => before.then(() => fetched(each)), Promise.resolve()).then(() => {
    main.innerHTML = page.main; // only now: an answer given before somebody listens would be lost
    if (data.home) return farline.home.fromPhone(page.data);
    wake(page.data);
    tell(draft.told);
    known = answers();
    return restore(draft, Object.keys(draft.answers), known);
  });
});

// The shell knows no form, so it asks for what this one needs: conditions, photos.
const fetched = (url) => new Promise((resolve) => {
  const script = document.createElement('script');
  script.onload = script.onerror = resolve;
  script.src = url;
  document.head.append(script);
});

// A form whose other scripts did not come stays as the server made it: complete, with a button for each section.
const isWhole = (needed) => needed.every((each) => (/more/.test(each) ? farline.more : self.farlineExpressions));

if (find('[data-done]')) wipe();
else if (main.append && find('#data')) {
  const text = find('#data').textContent, brought = JSON.parse(text), needed = brought.src || [];
  Promise.all(needed.filter((each) => /more|home/.test(each)).map(fetched)).then(() => {
    if (farline.home) farline.home.fromServer(text).then(wipeOld);
    else if (isWhole(needed)) online(text).then(wipeOld).then(send);
  });
  addEventListener('load', () => setTimeout(install, 0, brought));
} else if (main.append) offline().then(wipeOld).then(() => farline.home || send(), none);
