// The only file that fetches. Gives the receipt whose hash is that of what was sent; else throws one word: "waiting"
// (no link, or the server is busy), "who" (say again who you are), "ended" or "refused".
const words = {400: 'refused', 401: 'who', 403: 'refused', 409: 'refused', 410: 'ended', 413: 'refused'};

const hashOf = (bytes) => (self.crypto && crypto.subtle ? crypto.subtle.digest('SHA-256', bytes)
  .then((found) => Array.from(new Uint8Array(found), (byte) => ('0' + byte.toString(16)).slice(-2)).join('')) : null);

const waiting = () => {
  throw 'waiting';
};

export const deliver = (packet) => {
  const body = new TextEncoder().encode(packet);
  const headers = {'Content-Type': 'application/json', 'Sent-At': new Date().toISOString()};
  return fetch(location.pathname + '/packet', {method: 'POST', headers, body, credentials: 'same-origin'})
    .catch(waiting)
    .then((answer) => {
      if (!answer.ok) throw words[answer.status] || 'waiting';
      return answer.json().catch(waiting);
    })
    .then((receipt) => Promise.resolve(hashOf(body)).then((hash) => (
      hash && receipt.hash !== hash ? waiting() : receipt)));
};
