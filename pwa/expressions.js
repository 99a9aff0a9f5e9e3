// Runs the trees of forms/expressions.py: same cases (tests/cases/expressions.json), same results. How to use it:
// docs/questionnaires.md. "[rare ... rare]" is left out for forms that need none of it, "[seldom ... seldom]" too for
// those that only ask what was answered and how much it is: most (app/web/patient/script.py).
const farlineExpressions = (() => {
  const isNumber = (v) => typeof v === 'number';
  const isText = (v) => typeof v === 'string';
  const isBoolean = (v) => typeof v === 'boolean';
  // [seldom
  const isObject = (v) => v !== null && typeof v === 'object';
  // seldom]
  const isGiven = (v) => v !== null && v !== undefined;
  const some = (v) => (isGiven(v) ? [v] : []);
  const truth = (list) => (list.length === 1 ? !isBoolean(list[0]) || list[0] : null);
  // [rare
  const whole = (v) => isNumber(v) && v >= 0 && v % 1 === 0;
  const length = (s) => Array.from(s).length;
  const pow = Math.pow; // minifiers make `**` of a call
  // forms/numbers.py
  const tidy = (n, digits) => (isFinite(n) ? Number(n.toPrecision(digits || 15)) + 0 : null);
  const round = (n, digits) => {
    if (!(digits >= 0 && digits <= 12)) return null;
    const scale = pow(10, digits), scaled = tidy(Math.abs(n) * scale);
    return scaled >= 1e15 ? tidy(n) : Math.sign(n) * tidy(Math.floor(scaled + 0.5) / scale) + 0;
  };
  const text = (v) => {
    if (isText(v) || isBoolean(v)) return String(v);
    return isNumber(v) && (v === 0 || (Math.abs(v) >= 1e-6 && Math.abs(v) < 1e15)) ? String(v) : null;
  };
  const number = (v) => {
    if (isNumber(v) || isBoolean(v)) return Number(v);
    return isText(v) && v.length < 19 && /^[-+]?\d+(\.\d+)?$/.test(v) ? tidy(Number(v)) : null;
  };

  // rare]
  // [seldom
  const flat = (lists) => [].concat(...lists);

  // forms/moments.py
  const given = (match) => match.slice(1, 7).filter(isText).map(Number);
  const parts = (s) => {
    const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/.exec(s);
    if (!m) return given(/^(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/.exec(s) || []);
    const found = given(m);
    if (!m[7] || found.length < 5) return found;
    const utc = new Date(s.slice(0, 16) + ':00' + m[7]);
    return isNaN(utc) ? [] : given(/(.+)-(.+)-(.+)T(.+):(.+):/.exec(utc.toISOString())).concat(found.slice(5));
  };
  const byDate = (a, b) => {
    const x = isText(a) ? parts(a) : [], y = isText(b) ? parts(b) : [];
    if (!x.length || !y.length || (a[2] === ':') !== (b[2] === ':')) return null;
    for (let i = 0; i < x.length && i < y.length; i++) if (x[i] !== y[i]) return x[i] < y[i] ? -1 : 1;
    return x.length === y.length ? 0 : null;
  };
  // seldom]
  // [rare
  const move = (s, amount, unit) => {
    const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(T.*)?)?)?$/.exec(s), n = Math.trunc(amount), d = new Date(0);
    if (!m || Math.abs(n) > 200000) return null;
    const day = Number(m[3] || 1), month = m[1] * 12 + Number(m[2] || 1) - 1;
    if (unit[0] === 'd' || unit[0] === 'w') d.setUTCFullYear(m[1], month % 12, day + n * (unit[0] === 'w' ? 7 : 1));
    else {
      d.setUTCFullYear(0, month + n * (unit[0] === 'y' ? 12 : 1) + 1, 0);
      d.setUTCDate(Math.min(day, d.getUTCDate()));
    }
    const year = d.getUTCFullYear();
    return year > 0 && year < 10000 ? d.toISOString().slice(0, Math.min(s.length, 10)) + s.slice(10) : null;
  };

  // rare]
  const byValue = (a, b) => {
    // [seldom
    if (isObject(a) && isObject(b)) return a.unit && b.unit && a.unit !== b.unit ? null : byValue(a.value, b.value);
    // seldom]
    if (!(isNumber(a) && isNumber(b)) && !(isText(a) && isText(b))) return null;
    return (a > b) - (a < b);
  };
  const same = (a, b) => {
    // [seldom
    if (isObject(a) || isObject(b)) {
      const x = isObject(a) ? a : {code: a}, y = isObject(b) ? b : {code: b};
      if ('value' in x || 'value' in y) return byValue(x, y) === 0;
      return isText(x.code) && x.code === y.code && (x.system === y.system || !x.system || !y.system);
    }
    // seldom]
    return a === b;
  };
  const orders = {};
  // [seldom
  orders.d = byDate;
  // seldom]
  const related = (sign, o) => (o === null ? [] : [sign.includes('=<>'[o && (o < 0 ? 1 : 2)])]);

  const run = (t, e) => {
    if (!Array.isArray(t)) return [t];
    // [seldom
    if (!t.length) return t;
    e.budget.left -= 1;
    if (e.budget.left <= 0) throw e.budget;
    // seldom]
    const list = operators[t[0]](t, e);
    // [seldom
    if (list.length > 5000 || (isText(list[0]) && list[0].length > 20000)) throw e.budget;
    // seldom]
    return list;
  };
  // [seldom
  const one = (t, e) => {
    const list = run(t, e);
    return list.length === 1 ? list[0] : null;
  };
  // seldom]
  const onList = (compute) => (t, e) => compute(run(t[1], e));
  const logic = (stop) => (t, e) => {
    let unknown = false;
    for (const part of t.slice(1)) {
      const v = truth(run(part, e));
      if (v === stop) return [stop];
      unknown = unknown || v === null;
    }
    return unknown ? [] : [!stop];
  };
  // [seldom
  const equal = (t, e) => {
    const a = run(t[1], e), b = run(t[2], e);
    return a.length && b.length ? [a.length === b.length && a.every((v, i) => same(v, b[i]))] : [];
  };
  // seldom]
  // [rare
  const each = (t, e) =>
    run(t[1], e).map((v, i) => [v, run(t[2], Object.assign({}, e, {self: v, index: i}))]);
  const onOne = (compute) => (t, e) => some(one(t[1], e)).map(compute).filter(isGiven);
  const onTwo = (fits, compute) => (t, e) => {
    const a = one(t[1], e), b = one(t[2], e);
    return fits(a) && fits(b) ? some(compute(a, b)) : [];
  };
  const onTexts = (compute) => (t, e) => {
    const found = t.slice(1).map((part) => one(part, e));
    return found.every(isText) ? some(compute(...found)) : [];
  };
  const sums = (compute) => onTwo(isNumber, (a, b) => tidy(compute(a, b)));
  const extreme = (wanted) => onList((list) => {
    let best = list[0];
    for (const v of list) {
      const o = byValue(v, best);
      if (o === null && list.length > 1) return [];
      if (o === wanted) best = v;
    }
    return some(best);
  });
  const cut = (slice) => (t, e) => {
    const n = one(t[2], e), list = run(t[1], e);
    return whole(n) ? slice(list, n) : [];
  };
  const ofOption = (pick) => (t, e) => {
    const known = e.scope.options(t[1]);
    return run(t[2], e).map((v) => pick(v, isText(v) && known[v])).filter(isGiven);
  };
  const total = (list) => {
    let found = 0;
    for (const v of list) {
      if (!isNumber(v) || found === null) return null;
      found = tidy(found + v);
    }
    return list.length ? found : null;
  };
  const functions = {
    abs: Math.abs, ceiling: Math.ceil, floor: Math.floor, truncate: Math.trunc,
    round: (n, digits) => round(n, Math.trunc(digits || 0)),
    exp: (n) => tidy(Math.exp(n), 12), ln: (n) => tidy(Math.log(n), 12),
    power: (n, to) => tidy(pow(n, to), 12),
  };
  // rare]
  const operators = {
    v: (t, e) => e.scope.near(t[1]),
    // [seldom
    V: (t, e) => e.scope.everywhere(t[1]),
    x: (t, e) => e.scope.variable(t[1]),
    this: (t, e) => some(e.self),
    index: (t, e) => [e.index],
    today: (t, e) => [e.scope.now().slice(0, 10)],
    now: (t, e) => [e.scope.now()],
    // seldom]
    is: (t, e) => [e.scope.near(t[1]).some((a) => t[2].some((v) => same(a, v)))],
    cmp: (t, e) => [e.scope.near(t[1]).some((a) => [].concat(t[3]).some(
      (c) => related(t[2], (orders[t[4]] || byValue)(a, c))[0]))],
    and: logic(false),
    or: logic(true),
    not: onList((list) => some(truth(list)).map((v) => !v)),
    any: onList((list) => [list.length > 0]),
    none: onList((list) => [!list.length]),
    // [seldom
    if: (t, e) => run(truth(run(t[1], e)) ? t[2] : t[3], e),
    '=': equal,
    '!=': (t, e) => equal(t, e).map((v) => !v),
    in: (t, e) => {
      const a = run(t[1], e), b = run(t[2], e);
      return a.length === 1 ? [b.some((v) => same(a[0], v))] : [];
    },
    count: onList((list) => [list.length]),
    // seldom]
    // [rare
    '+': (t, e) => flat([onTwo(isNumber, (a, b) => tidy(a + b))(t, e), onTwo(isText, (a, b) => a + b)(t, e)]),
    '-': sums((a, b) => a - b),
    '*': sums((a, b) => a * b),
    '/': sums((a, b) => a / b),
    div: sums((a, b) => Math.trunc(a / b)),
    mod: sums((a, b) => a % b),
    '&': (t, e) => [(text(one(t[1], e)) || '') + (text(one(t[2], e)) || '')],
    neg: onOne((v) => (isNumber(v) ? 0 - v : null)),
    math: (t, e) => {
      const args = t.slice(2).map((part) => one(part, e));
      return args.every(isNumber) ? some(tidy(functions[t[1]](...args))) : [];
    },
    move: (t, e) => {
      const s = one(t[1], e), n = one(t[2], e);
      return isText(s) && isNumber(n) ? some(move(s, n, t[3])) : [];
    },
    cat: (t, e) => flat(t.slice(1).map((part) => run(part, e))),
    where: (t, e) => each(t, e).filter((pair) => truth(pair[1]) === true).map((pair) => pair[0]),
    map: (t, e) => flat(each(t, e).map((pair) => pair[1])),
    all: (t, e) => [each(t, e).every((pair) => truth(pair[1]) === true)],
    sum: onList((list) => some(total(list))),
    min: extreme(-1),
    max: extreme(1),
    first: onList((list) => list.slice(0, 1)),
    last: onList((list) => list.slice(-1)),
    one: onOne((v) => v),
    skip: cut((list, n) => list.slice(n)),
    take: cut((list, n) => list.slice(0, n)),
    at: cut((list, n) => list.slice(n, n + 1)),
    str: onOne(text),
    int: onOne((v) => (number(v) % 1 ? null : number(v))),
    dec: onOne(number),
    sub: (t, e) => {
      const [s, from, n] = t.slice(1).map((part) => one(part, e));
      if (!isText(s) || !whole(from) || from >= length(s) || (isGiven(n) && !whole(n))) return [];
      return [Array.from(s).slice(from, isGiven(n) ? from + n : undefined).join('')];
    },
    starts: onTexts((s, part) => s.startsWith(part)),
    ends: onTexts((s, part) => s.endsWith(part)),
    has: onTexts((s, part) => s.includes(part)),
    length: onTexts(length),
    replace: onTexts((s, old, fresh) => {
      const list = old ? s.split(old) : ['', ...s, ''];
      return (list.length - 1) * length(fresh) > 20000 ? null : list.join(fresh);
    }),
    join: (t, e) => {
      const list = run(t[1], e).map((v) => text(v) || ''), by = one(t[2], e);
      return list.length && isText(by) ? [list.join(by)] : [];
    },
    ord: ofOption((v, o) => o && o[0]),
    cod: ofOption((v, o) => (o && o[1]) || (isObject(v) ? v.code : v)),
    part: (t, e) => run(t[2], e).filter(isObject).map((v) => v[t[1]]).filter(isGiven),
    // rare]
  };
  // [seldom
  ['<', '<=', '>', '>=', '='].forEach((sign) => {
    [['d', byDate], ['', byValue]].forEach(([mark, order]) => {
      operators[mark + sign] = operators[mark + sign] || ((t, e) => related(sign, order(one(t[1], e), one(t[2], e))));
    });
  });
  // seldom]

  let evaluate = (tree, scope) => run(tree, {scope});
  // [seldom
  evaluate = (tree, scope, self) => {
    const budget = {left: 200000};
    try {
      return run(tree, {scope, budget, self, index: 0});
    } catch (problem) {
      if (problem === budget || problem instanceof RangeError) return [];
      throw problem;
    }
  };
  // seldom]

  // forms/board.py
  const KEY = 0, UNDER = 1, LOOPS = 2, WHEN = 4, MANY = 7;
  // [seldom
  const LEAST = 3, CALCULATE = 5, KIND = 6, UNIT = 8, OPTIONS = 9;
  const asAnswer = (v, item) => {
    const kind = item[KIND];
    if (kind === 'q' && isNumber(v)) return item[UNIT] ? {value: v, unit: item[UNIT]} : {value: v};
    const fits = {i: isNumber(v) && v % 1 === 0, n: isNumber(v), b: isBoolean(v), q: isObject(v)}[kind];
    return (fits === undefined ? isText(v) && v : fits) ? v : null;
  };
  // seldom]

  const board = (form, answers, counts, now) => {
    const items = form.i, byKey = {}, memory = {};
    items.forEach((item) => { byKey[item[KEY]] = item; });
    let at = (key) => key;
    // [seldom
    at = (key, index) => (index.length ? key + '@' + index.join('.') : key);
    // seldom]
    const remembered = (mark, meanwhile, compute) => {
      if (!(mark in memory)) {
        memory[mark] = meanwhile;
        memory[mark] = compute();
      }
      return memory[mark];
    };
    // [seldom
    const count = (loop, outer) => Math.min(Math.max(counts[at(loop[KEY], outer)] || 0, loop[LEAST] || 0, 1), 50);
    // seldom]
    const applies = (item, index) => remembered('?' + at(item[KEY], index), false, () => {
      const above = items[item[UNDER]];
      if (above && !applies(above, index.slice(0, above[LOOPS].length))) return false;
      return !isGiven(item[WHEN]) || truth(evaluate(item[WHEN], place(item, index))) === true;
    });
    const values = (item, index) => {
      const path = at(item[KEY], index), v = answers[path];
      // [seldom
      if (isGiven(item[CALCULATE])) {
        return remembered('=' + path, [], () => (applies(item, index) ? evaluate(item[CALCULATE], place(item, index)) : [])
          .slice(0, 50).map((found) => asAnswer(found, item)).filter(isGiven));
      }
      // seldom]
      if (!isGiven(v) || !applies(item, index)) return [];
      return item[MANY] && Array.isArray(v) ? v : [v];
    };
    // [seldom
    const occurrences = (item, index) => {
      if (index.length === item[LOOPS].length) return [index];
      const all = [];
      for (let n = 0; n < count(items[item[LOOPS][index.length]], index); n++) all.push(...occurrences(item, index.concat(n)));
      return all;
    };
    // seldom]
    const gather = (key, loops, index) => {
      const item = byKey[key];
      if (!item) return [];
      // [seldom
      if (item[LOOPS].length) {
        let n = 0;
        while (n < loops.length && loops[n] === item[LOOPS][n]) n++;
        return flat(occurrences(item, index.slice(0, n)).map((where) => values(item, where)));
      }
      // seldom]
      return values(item, []);
    };
    const place = (item, index) => {
      const here = {
        near: (key) => gather(key, item[LOOPS], index),
        // [seldom
        everywhere: (key) => gather(key, [], []),
        variable: (n) => remembered([n, item[LOOPS], index].join('|'), [], () => evaluate(form.x[n], here)),
        options: (key) => (byKey[key] || [])[OPTIONS] || {},
        now: () => now,
        // seldom]
      };
      return here;
    };
    const on = (act) => (path) => {
      const item = byKey[path];
      // [seldom
      if (!item || item[LOOPS].length) {
        const cut = path.lastIndexOf('@');
        return act(byKey[path.slice(0, cut)], path.slice(cut + 1).split('.').map(Number));
      }
      // seldom]
      return act(item, []);
    };
    return {applies: on(applies), values: on(values), evaluate: (tree, path, self) => evaluate(tree, on(place)(path), self)};
  };

  return {board};
})();
if (typeof module === 'object') module.exports = farlineExpressions;
else self.farlineExpressions = farlineExpressions;
