// Decides what is sent and when: one packet at a time, the same bytes until a receipt with their hash comes back, a
// longer wait after each failure. A photo goes before the answer that names it.
import {alone, change, load, place} from './vault.js';
import {deliver} from './sync.js';

const FIRST_WAIT_MS = 4e3, LONGEST_WAIT_MS = 3e5;
let wait = FIRST_WAIT_MS, timer = 0, sending = null;

export const waits = (draft) => Boolean(draft && (draft.packet || draft.final || Object.keys(draft.times).length));

const pack = (draft) => {
  const now = Date.now(), answers = {}, ages = {}, files = draft.files || {};
  const ready = Object.keys(draft.times).filter((path) => !files[path]);
  const isFinal = draft.final && !Object.keys(files).length;
  if (draft.packet || !(ready.length || isFinal)) return;
  ready.forEach((path) => {
    answers[path] = draft.answers[path];
    const age = Math.round((now - draft.times[path]) / 1e3);
    if (age > 60) ages[path] = age;
    delete draft.times[path];
  });
  const said = {client: draft.client, sequence: draft.next, sent_at: new Date(now).toISOString(), answers};
  if (Object.keys(ages).length) said.ages = ages;
  if (isFinal) said.final = true;
  draft.packet = JSON.stringify(said);
  draft.next += 1;
};

// A packet is sealed only for a try that has a chance: what is answered without a link then goes as one.
const noLink = () => {
  throw 'waiting';
};
const sendNext = (tell) => (navigator.onLine === false ? load().then(noLink) : change(pack)).then((draft) => {
  if (draft.packet) return sendPacket(tell, draft.packet);
  const more = self.farline && farline.more; // the worker alone sends no photo: that waits for the page
  return more && Object.keys(draft.files || {}).length ? more.sendFile(tell, draft).then(() => sendNext(tell)) : null;
});

const sendPacket = (tell, sent) => {
  tell('sending');
  return deliver(sent).then((receipt) => {
    wait = FIRST_WAIT_MS;
    // Finished: until the draft is wiped, opening it again sends the same bytes and hears the same.
    return receipt.status !== 'in-progress' ? tell('received', receipt) : change((now) => {
      if (now.packet === sent) now.packet = null;
      if (JSON.parse(sent).final) now.final = null; // "send" said meanwhile still counts
      if (receipt.told.length) now.told = receipt.told; // opened again without a link, it says it again
    }).then((now) => {
      tell('received', receipt, waits(now));
      return waits(now) ? sendNext(tell) : null;
    });
  });
};

export const flush = (tell) => {
  clearTimeout(timer);
  sending = sending || alone('s', () => 0).then(load).then((draft) => (waits(draft) ? once(tell) : null))
    .catch((trouble) => {
      tell(trouble);
      if (trouble === 'waiting' && self.document) timer = setTimeout(() => flush(tell), wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      return trouble;
    })
    .then((trouble) => {
      sending = null;
      return trouble;
    });
  return sending;
};

// While another tab sends, this one leaves it to it, and looks again: that tab may be closed half way.
const once = (tell) => (navigator.locks
  ? navigator.locks.request('o' + place(), {ifAvailable: true}, (held) => (held ? sendNext(tell) : noLink()))
  : sendNext(tell));
