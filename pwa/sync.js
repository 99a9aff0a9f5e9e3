// The only file that talks to the server. Gives the receipt whose hash is that of what was sent; else throws one word:
// "waiting" (no link, or the server is busy), "who" (say again who you are), "ended" or "refused".
import {place} from './vault.js';

const SILENCE_MS = 6e4; // no time limit on a slow link, only on one where nothing moves any more
const words = {400: 'refused', 401: 'who', 403: 'refused', 409: 'refused', 410: 'ended', 413: 'refused', 415: 'refused'};

const hexOf = (found) => Array.from(new Uint8Array(found), (byte) => ('0' + byte.toString(16)).slice(-2)).join('');
export const hashOf = (bytes) => Promise.resolve(self.crypto && crypto.subtle
  ? crypto.subtle.digest('SHA-256', bytes).then(hexOf) : null);

const waiting = () => {
  throw 'waiting';
};
const receiptIn = (status, text) => {
  if (status !== 200) throw words[status] || 'waiting';
  return JSON.parse(text);
};

let carrier = (path, body, headers) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  let timer = 0;
  const moves = () => {
    clearTimeout(timer);
    timer = setTimeout(() => request.abort(), SILENCE_MS);
  };
  request.open(body ? 'POST' : 'GET', path);
  Object.keys(headers).forEach((each) => request.setRequestHeader(each, headers[each]));
  request.onprogress = request.upload.onprogress = moves;
  request.onloadend = () => {
    clearTimeout(timer);
    request.status ? resolve([request.status, request.responseText]) : reject();
  };
  moves();
  request.send(body);
});
export const carryBy = (other) => { // a worker has no XMLHttpRequest
  carrier = other;
};

// What the server answers, whatever it is: [status, text].
export const carry = (path, body, headers) => carrier(place() + path, body, headers).catch(waiting);

export const ask = (path, body, headers) => carry(path, body, headers).then((answer) => {
  try {
    return receiptIn(answer[0], answer[1]);
  } catch (trouble) {
    throw typeof trouble === 'string' ? trouble : 'waiting';
  }
});

export const deliver = (packet) => {
  const body = new TextEncoder().encode(packet);
  const headers = {'Content-Type': 'application/json', 'Sent-At': new Date().toISOString()};
  return ask('/packet', body, headers).then((receipt) => hashOf(body).then((hash) => (
    hash && receipt.hash !== hash ? waiting() : receipt)));
};
