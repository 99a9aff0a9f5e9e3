// Decides what is sent and when: one packet at a time, the same bytes until a receipt with their hash comes back, a
// longer wait after each failure.
import {alone, change, load} from './vault.js';
import {deliver} from './sync.js';

const FIRST_WAIT_MS = 4e3, LONGEST_WAIT_MS = 3e5;
let wait = FIRST_WAIT_MS, timer = 0, sending = null;

export const waits = (draft) => Boolean(draft && (draft.packet || draft.final || Object.keys(draft.times).length));

const pack = (draft) => {
  if (draft.packet || !waits(draft)) return;
  const now = Date.now(), answers = {}, ages = {};
  Object.keys(draft.times).forEach((path) => {
    answers[path] = draft.answers[path];
    const age = Math.round((now - draft.times[path]) / 1e3);
    if (age > 60) ages[path] = age;
  });
  const said = {client: draft.client, sequence: draft.next, sent_at: new Date(now).toISOString(), answers};
  if (Object.keys(ages).length) said.ages = ages;
  if (draft.final) said.final = true;
  draft.packet = JSON.stringify(said);
  draft.next += 1;
  draft.times = {};
};

// A packet is sealed only for a try that has a chance: what is answered without a link then goes as one.
const offline = () => {
  throw 'waiting';
};
const send = (tell) => (navigator.onLine === false ? load().then(offline) : change(pack)).then((draft) => {
  if (!draft.packet) return null;
  tell('sending');
  const sent = draft.packet;
  return deliver(sent).then((receipt) => change((now) => {
    if (now.packet === sent) now.packet = null;
    if (JSON.parse(sent).final) now.final = null; // "send" said meanwhile still counts
  }).then((now) => {
    wait = FIRST_WAIT_MS;
    tell('received', receipt, waits(now));
    return receipt.status === 'in-progress' && waits(now) ? send(tell) : null;
  }));
});

export const flush = (tell) => {
  clearTimeout(timer);
  sending = sending || alone('s', () => 0).then(load).then((draft) => (waits(draft) ? once(tell) : null))
    .catch((trouble) => {
      tell(trouble);
      if (trouble === 'waiting') timer = setTimeout(() => flush(tell), wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    })
    .then(() => {
      sending = null;
    });
  return sending;
};

// While another tab sends, this one leaves it to it.
const once = (tell) => (navigator.locks
  ? navigator.locks.request('o' + location.pathname, {ifAvailable: true}, (held) => (held ? send(tell) : null))
  : send(tell));
