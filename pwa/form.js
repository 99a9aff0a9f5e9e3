// What the patient sees change: conditions at once, one topic at a time, where the answers are, what needs another look.
import {boxes, pathOf, read} from './fields.js';
import {isSafe} from './vault.js';
import {sendLater} from './worker.js';

export const find = (wanted) => document.querySelector(wanted);
const all = (wanted) => Array.from(document.querySelectorAll(wanted));
let given = null, current = 0;
export const word = (key) => given.words[key];

const applies = (answers) => {
  if (!given.logic) return () => true;
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 6e4).toISOString().slice(0, 19);
  const board = (self.farlineExpressions || fewExpressions).board(given.logic, answers, {}, now);
  all('.f[data-c]').forEach((each) => {
    const value = board.values(pathOf(each))[0];
    if (typeof value === 'number' || typeof value === 'string') each.lastElementChild.textContent = value;
  });
  return (each) => board.applies(pathOf(each));
};

const sections = () => all('form section');
const fitting = () => sections().filter((each) => each.dataset.open);

// Only what applies can be seen and reached; a section with nothing that applies is passed over.
export const arrange = (answers) => {
  const fits = applies(answers);
  sections().forEach((section) => {
    section.dataset.open = '';
    Array.from(section.querySelectorAll('[id^="f-"]')).forEach((each) => {
      each.hidden = !fits(each);
      Array.from(each.querySelectorAll('input,select,textarea')).forEach((one) => {
        one.disabled = each.hidden;
      });
      if (!each.hidden) section.dataset.open = '1';
    });
  });
  show();
};

const show = () => {
  const list = fitting();
  current = Math.min(current, list.length - 1);
  sections().forEach((each) => {
    each.hidden = each !== list[current];
  });
  find('#end').hidden = current < list.length - 1;
  find('#back').hidden = !current;
};

export const focus = (each) => {
  each.tabIndex = -1;
  each.focus();
};

export const go = (step) => {
  current = Math.max(current + step, 0);
  show();
  focus(fitting()[current]);
  scrollTo(0, 0);
};

const goTo = (each) => {
  current = Math.max(fitting().indexOf(each.closest('section')), 0);
  show();
  const one = each.querySelector('input:not([type=hidden]),select,textarea');
  if (one) one.focus();
};

// Answers that are missing or cannot be read, said first and at their fields. True when there are none.
export const check = (extra) => {
  all('.box').forEach((each) => each.remove());
  const bad = boxes().filter((each) => !each.hidden).map((each) => {
    const value = read(each);
    if (value === undefined || (extra && extra.refused.includes(pathOf(each)))) return [each, word('unread')];
    const isMissing = (each.dataset.r && value === null) || (extra && extra.missing.includes(pathOf(each)));
    return isMissing ? [each, word('missing')] : null;
  }).filter(Boolean);
  boxes().forEach((each) => mark(each, bad.find((pair) => pair[0] === each)));
  if (bad.length) summarise(bad);
  return !bad.length;
};

export const make = (tag, text, kind) => {
  const made = document.createElement(tag);
  made.textContent = text || '';
  if (kind) made.className = kind;
  return made;
};

// Says at a field what is wrong with it, or no longer.
export const mark = (each, pair) => {
  const old = each.querySelector('.e'), one = each.querySelector('input:not([type=hidden]),select,textarea');
  if (old) old.remove();
  if (one) pair ? one.setAttribute('aria-invalid', 'true') : one.removeAttribute('aria-invalid');
  if (!pair) return null;
  const note = make('p', pair[1], 'e');
  note.id = 'e-' + pathOf(each);
  note.lang = document.documentElement.lang; // within a question that may be in another
  note.dir = 'auto';
  const title = each.firstElementChild;
  title.parentNode.insertBefore(note, title.nextSibling);
  if (one) one.setAttribute('aria-describedby', note.id + ' ' + (one.getAttribute('aria-describedby') || '').replace(note.id, ''));
  return note;
};

const summarise = (bad) => {
  const box = make('div', '', 'box'), list = make('ul');
  box.append(make('h2', word('look')), list);
  box.setAttribute('role', 'alert');
  bad.forEach((pair) => {
    const row = make('li'), link = make('a', pair[0].querySelector('legend,label').textContent);
    link.href = '#q-' + pathOf(pair[0]);
    link.lang = pair[0].closest('[lang]').lang;
    link.dir = 'auto';
    link.onclick = (event) => {
      event.preventDefault();
      goTo(pair[0]);
    };
    row.append(link, pair[1]);
    list.append(row);
  });
  (find('#told') || find('h1')).after(box);
  focus(box);
};

// What a red flag says to do now: at once, above everything else, for as long as the form is on the screen.
export const tell = (words) => {
  const old = find('#told'), box = make('div');
  if (old) old.remove();
  if (!words || !words.length) return;
  box.id = 'told';
  box.setAttribute('role', 'alert');
  box.append(...words.map((each) => make('p', each, 'note')));
  find('h1').after(box);
};

// `key`: of a sentence the page brought, or the sentence itself.
export const state = (key, kind) => {
  const line = find('#state');
  if (line) {
    line.textContent = word(key) || key;
    line.className = 'note ' + (kind || key);
  }
  find('#who').hidden = key !== 'who';
  find('#retry').hidden = !/queued/.test(kind);
};

// What waits to be sent: that the page may be closed is said once the browser has promised to send without it.
export const queued = () => {
  state(isSafe() ? 'later' : 'unsafe', 'waiting queued');
  return sendLater().then((does) => does && isSafe() && find('.queued') && state('queued', 'waiting queued'));
};

// After "send": nothing more to change, only to wait for.
export const close = (isClosed) => {
  find('form').hidden = isClosed;
};

export const finish = (receipt) => {
  const main = find('main'), code = make('p', word('code') + ' ');
  main.textContent = '';
  const title = make('h1', word('thanks'));
  main.append(title, ...receipt.told.map((each) => make('p', each, 'note')), code, make('p', word('close')));
  code.append(make('span', receipt.code, 'code sent'));
  focus(title);
};

// As the server dresses a page, for one that comes from the phone.
export const dress = (page) => {
  const html = document.documentElement, style = make('style', page.style);
  html.lang = page.lang;
  html.dir = page.dir;
  document.head.append(style);
};

export const begin = (found) => {
  given = found;
  current = 0;
};
