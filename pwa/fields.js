// Reads typed answers from the fields of the page and writes them back. Each field stands in a box `f-path` that says its
// type in data-t: b yes/no, n number, q quantity, d date, t time, m several, c one choice, s words, f a file.
export const boxes = (root) => Array.from((root || document).querySelectorAll('[data-t]'));
export const pathOf = (each) => each.id.slice(2);
const inputs = (each) => Array.from(each.querySelectorAll('input,select,textarea'));
const named = (each, suffix) => inputs(each).find((one) => one.name === pathOf(each) + suffix);
const said = (each, suffix) => {
  const one = named(each, suffix);
  return one ? one.value.trim() : '';
};
const two = (text) => ('0' + text).slice(-2);
const number = (text) => (/^-?\d{1,12}([.,]\d{1,9})?$/.test(text) ? Number(text.replace(',', '.')) : undefined);

const dated = (each) => {
  const [y, m, d] = ['.y', '.m', '.d'].map((part) => said(each, part));
  if (!y && !m && !d) return null;
  const found = [y].concat(m ? two(m) : [], d ? two(d) : []).join('-');
  return /^\d{4}(-\d\d(-\d\d)?)?$/.test(found) && (m || !d) && !isNaN(new Date(found)) ? found : undefined;
};
const timed = (each) => {
  const h = said(each, '.h'), found = two(h) + ':' + two(said(each, '.min') || '0') + ':00';
  if (!h && !said(each, '.min')) return null;
  return h && /^([01]\d|2[0-3]):[0-5]\d:00$/.test(found) ? found : undefined;
};
const chosen = (each) => {
  const other = said(each, '.other'), select = each.querySelector('select');
  const found = select ? [select.value].filter(Boolean)
    : inputs(each).filter((one) => one.checked).map((one) => one.value);
  return other ? found.concat({text: other}) : found;
};
const lastOf = (list) => (list.length ? list[list.length - 1] : null);
const readers = {
  b: (each) => lastOf(chosen(each).map((value) => value === 'true')),
  c: (each) => lastOf(chosen(each)),
  m: (each) => (chosen(each).length ? chosen(each) : null),
  d: dated,
  t: timed,
  n: (each) => (said(each, '') ? number(said(each, '')) : null),
  q: (each) => {
    const value = number(said(each, '')), unit = said(each, '.unit') || each.dataset.u;
    if (!said(each, '') || value === undefined) return said(each, '') ? undefined : null;
    return unit ? {value, unit} : {value};
  },
  s: (each) => said(each, '') || null,
  f: (each) => (each.dataset.v ? JSON.parse(each.dataset.v) : null),
};

// null: nothing given. undefined: not yet an answer that can be read.
export const read = (each) => readers[each.dataset.t](each);

const set = (each, suffix, value) => {
  const one = named(each, suffix);
  if (one) one.value = value;
};
const choose = (each, values) => {
  const other = values.find((value) => value && value.text);
  inputs(each).forEach((one) => {
    if (one.type === 'radio' || one.type === 'checkbox') one.checked = values.map(String).includes(one.value);
    else if (one.tagName === 'SELECT') one.value = values.find((value) => typeof value === 'string') || '';
  });
  set(each, '.other', other ? other.text : '');
};

export const write = (each, value) => {
  const kind = each.dataset.t, given = value === null || value === undefined ? '' : value;
  if (/[bcm]/.test(kind)) choose(each, given === '' ? [] : [].concat(given));
  else if (kind === 'd') String(given + '--').split('-').slice(0, 3).forEach((part, i) => set(each, ['.y', '.m', '.d'][i], part));
  else if (kind === 't') String(given + '::').split(':').slice(0, 2).forEach((part, i) => set(each, ['.h', '.min'][i], part));
  else if (kind === 'f') self.farline.more && farline.more.show(each, given);
  else if (kind === 'q') {
    set(each, '', given === '' ? '' : given.value);
    if (given.unit) set(each, '.unit', given.unit);
  } else set(each, '', given);
};
