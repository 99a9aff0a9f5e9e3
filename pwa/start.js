// Wakes a page the server sent, or opens the draft on this phone when the worker answered instead of the server.
import {boxes, pathOf, read, write} from './fields.js';
import {arrange, begin, check, close, finish, go, state, tell} from './form.js';
import {flush, waits} from './outbox.js';
import {change, isSafe, load, share, wipe, wipeOld} from './vault.js';

const find = (wanted) => document.querySelector(wanted);
const main = find('main');
let typing = 0, isDone = false, isRefused = false, known = {};

const told = (key, receipt, isMore) => {
  if (key === 'received' && receipt.status !== 'in-progress') {
    isDone = true;
    finish(receipt);
    return wipe();
  }
  if (key === 'received') {
    if (receipt.told.length) warn(receipt.told);
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
    if (key === 'waiting' && isFinal) state('queued', 'waiting queued');
    else state(key === 'waiting' ? (isSafe() ? 'phone' : 'memory') : key, key);
  });
};
const send = () => (isDone || isRefused ? null : flush(told));

// Kept with the draft, so that opening it again without a link says it again.
const warn = (words) => {
  tell(words);
  change((draft) => {
    draft.told = words;
  });
};

const answers = (root) => {
  const found = {};
  boxes(root).forEach((each) => {
    const value = read(each);
    if (value !== null && value !== undefined) found[pathOf(each)] = value;
  });
  return found;
};

// What changed on this page since it was last looked at: another tab's answers are left as they are.
const changes = () => {
  const found = {};
  boxes().forEach((each) => {
    const path = pathOf(each), value = read(each);
    if (value === undefined || JSON.stringify(value) === JSON.stringify(known[path] === undefined ? null : known[path])) return;
    found[path] = known[path] = value;
  });
  return found;
};
const keep = () => {
  clearTimeout(typing);
  arrange(answers());
  const found = changes(), now = Date.now();
  return change((draft) => Object.keys(found).forEach((path) => {
    draft.answers[path] = found[path];
    draft.times[path] = now;
  })).then((draft) => {
    if (waits(draft)) state(isSafe() ? 'phone' : 'memory');
  });
};

const restore = (draft, paths) => {
  paths.forEach((path) => {
    write(path, draft.answers[path]);
    known[path] = draft.answers[path];
  });
  arrange(answers());
  if (draft.final) {
    close(true);
    state('queued', 'waiting queued');
  }
};

const act = (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.id === 'back') go(-1);
  else if (button.id === 'retry') send();
  else if (button.id === 'shared') share().then(() => change(() => 0)).then(() => state('memory'));
  else if (button.name === 'go') keep().then(send), go(1);
  else if (button.name === 'finish') last();
  else keep().then(send);
  event.preventDefault();
};

const last = () => keep().then(() => {
  if (!check()) return null;
  return change((draft) => {
    draft.final = true;
  }).then(() => {
    close(true);
    state('queued', 'waiting queued');
    return send();
  });
});

const wake = (data) => {
  begin(data);
  find('#tools').hidden = false;
  const form = find('form');
  form.addEventListener('change', keep);
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
    else load().then((draft) => draft && restore(draft, Object.keys(draft.answers))).then(send);
  });
};

const unsent = (draft) => Object.keys(draft.packet ? JSON.parse(draft.packet).answers : {}).concat(Object.keys(draft.times));

// The server's page is the newest word on everything except what this phone has not sent yet.
const online = () => {
  const html = document.documentElement, data = find('#data').textContent;
  const page = {lang: html.lang, dir: html.dir, style: find('style').textContent, main: main.innerHTML, data};
  const sent = document.createElement('div');
  sent.innerHTML = page.main; // as the server sent it: somebody quick has already answered before this script came
  const shown = answers(sent);
  known = Object.assign({}, shown);
  wake(JSON.parse(data));
  return change((draft) => {
    const mine = unsent(draft);
    mine.forEach((path) => {
      shown[path] = draft.answers[path];
    });
    draft.answers = shown;
    draft.page = page;
  }).then((draft) => restore(draft, unsent(draft))).then(keep);
};

const offline = () => load().then((draft) => {
  if (!draft || !draft.page) return location.replace('?new=1');
  const page = draft.page, html = document.documentElement, style = document.createElement('style');
  html.lang = page.lang;
  html.dir = page.dir;
  style.textContent = page.style;
  document.head.append(style);
  main.innerHTML = page.main;
  const data = JSON.parse(page.data);
  return logic(data).then(() => {
    wake(data);
    tell(draft.told);
    return restore(draft, Object.keys(draft.answers));
  });
});

// The shell knows no form, so it asks for the conditions only when this one has some.
const logic = (data) => (data.src ? new Promise((resolve) => {
  const script = document.createElement('script');
  script.onload = script.onerror = resolve;
  script.src = data.src;
  document.head.append(script);
}) : Promise.resolve());

const install = () => {
  if (!navigator.serviceWorker) return;
  const data = find('#data'), files = data ? JSON.parse(data.textContent) : {};
  navigator.serviceWorker.register('/sw.js', {scope: '/p/'})
    .then(() => files.src && caches.open(files.cache).then((cache) => cache.add(files.src))).catch(() => 0);
};

if (find('[data-done]')) wipe();
else if (self.fetch && main.append) {
  (find('#data') ? online() : offline()).then(wipeOld).then(send);
  if (find('#data')) addEventListener('load', () => setTimeout(install, 0));
}
