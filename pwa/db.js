// The only file that opens the phone's database. A phone that refuses storage gets memory instead; nothing here throws.
// Some phones never answer: better no storage than no page. Where the server's page did not come, storage is all there is.
const isBeside = self.document && document.querySelector('#data');
const SLOWEST_OPENING_MS = isBeside ? 1e4 : 6e4;
const memory = new Map();
let opening = null;
export const storage = {isKept: true}; // false: something of what was written lives as long as this page
let isBlind = false; // what could not be read once is never written over

const connect = () => {
  opening = opening || new Promise((resolve, reject) => {
    const request = indexedDB.open('farline', 1);
    setTimeout(reject, SLOWEST_OPENING_MS);
    request.onupgradeneeded = () => request.result.createObjectStore('d');
    request.onblocked = request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const db = request.result;
      db.onclose = db.onversionchange = () => {
        opening = null;
        db.close();
      };
      resolve(db);
    };
  });
  return opening;
};

// iOS closes the database behind our back: once more from the start.
const run = (mode, work, isAgain) => (isBlind ? Promise.reject() : connect()).then((db) => new Promise((resolve, reject) => {
  const change = db.transaction('d', mode), request = work(change.objectStore('d'));
  change.oncomplete = () => resolve(request.result);
  change.onabort = change.onerror = () => reject(change.error);
})).catch((error) => {
  opening = null;
  if (isAgain || !error) throw error;
  return run(mode, work, true);
});

export const get = (key) => (memory.has(key) ? Promise.resolve(memory.get(key))
  : run('readonly', (store) => store.get(key)).catch(() => {
    isBlind = true;
  }));

export const put = (key, value) => run('readwrite', (store) => store.put(value, key)).then(() => {
  memory.delete(key);
  storage.isKept = !memory.size;
}, () => {
  memory.set(key, value);
  storage.isKept = false;
});

export const remove = (key) => {
  memory.delete(key);
  return run('readwrite', (store) => store.delete(key)).catch(() => 0);
};

export const keys = () => run('readonly', (store) => store.getAllKeys()).catch(() => [])
  .then((names) => names.concat(Array.from(memory.keys()).filter((name) => !names.includes(name))));
