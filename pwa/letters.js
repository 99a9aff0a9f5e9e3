// Messages written at home that wait on the phone: each is sent under a key of its own, by which the server knows what it
// already has. Used by the page and by the worker.
import {carry} from './sync.js';
import {change, load, place} from './vault.js';

// What the server answers: its page as it is now, or the question who it is.
export const address = () => (/\/home$/.test(place()) ? '' : '/home');
export const sendLetter = (letter) => carry(address(), new URLSearchParams({key: letter.key, words: letter.words, write: 1}).toString(),
  {'Content-Type': 'application/x-www-form-urlencoded'});
export const without = (draft, letter) => {
  draft.letters = (draft.letters || []).filter((each) => each.key !== letter.key);
};

// All of them, one after the other. Stops at the first that is not taken, which stays for the page to say why. Throws
// "waiting" when the server could not be reached.
export const sendLetters = () => load().then((draft) => {
  const letter = ((draft && draft.letters) || [])[0];
  return letter && sendLetter(letter).then((answer) => {
    if (answer[0] >= 500) throw 'waiting';
    return answer[0] === 200 && /data-home/.test(answer[1]) ? change((now) => without(now, letter)).then(sendLetters) : null;
  });
});
