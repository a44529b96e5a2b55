// One call: arguments in, answer out, as text. The first letter of an answer says what it is: `u` nothing, `v` a value,
// `e` an error, and before it `!` when the realm is spoiled and must not be used again.

function adopt(text) {
  const complete = (fields, owner) => {
    for (const name of Object.keys(fields)) {
      const shape = fields[name];
      if (shape.fields !== undefined) complete(shape.fields, shape.name);
      if (shape.many) shape.one = freeze({ ...shape, many: false });
      freeze(shape);
    }
    return freeze(fields);
  };
  const shape = JSON.parse(text);
  complete(shape.fields);
  return freeze(shape);
}

function unpack(given, shapes, seen) {
  switch (given.is) {
    case 'record':
      seen.record = new Record(new Stored(given.body), shapes[given.shape], given.isNew);
      return seen.record;
    case 'at':
      return seen.record.field(given.path);
    case 'action':
      return new Action(given.name, new Held(given.body), shapes[given.shape]);
    case 'query':
      return queryFrom(given.entity, given.body);
    case 'json':
      return given.body;
    default:
      return null;
  }
}

function userReader(text, shapes) {
  let user;
  return () => {
    if (text === undefined) return undefined;
    if (user === undefined) {
      const given = JSON.parse(text);
      user = { id: given.id, record: given.shape === null ? null : new Record(new Held(given.body), shapes[given.shape], false) };
    }
    return user;
  };
}

const cut = (text) => (text.length > 4000 ? `${text.slice(0, 4000)}...` : text);

function kindOf(error, message) {
  if (error instanceof NotJson) return 'result';
  if (error instanceof Unavailable) return 'unavailable';
  if (message === 'out of memory' || message === 'string too long') return 'memory';
  if (error instanceof RangeError && message.startsWith('Maximum call stack size exceeded')) return 'stack';
  return 'thrown';
}

// What a script said beside code and message, as JSON; what is no JSON or too long is left out.
function infoOf(error) {
  const info = error.additionalInfo;
  if (info === undefined || info === null) return null;
  try {
    const text = JSON.stringify(plain(info, 0));
    return text === undefined || text.length > 4000 ? null : text;
  } catch (wrong) {
    if (wrong instanceof NotJson) return null;
    throw wrong;
  }
}

// What a script threw may itself be a trap, so whatever is asked of it may throw again.
function describe(error) {
  // What is thrown when there is no memory left even for the error about it.
  if (error === null) return { kind: 'memory', code: null, message: 'out of memory', stack: '' };
  try {
    const isObject = error !== null && typeof error === 'object';
    const told = isObject && error.message !== undefined ? String(error.message) : isObject ? JSON.stringify(plain(error, 0)) : String(error);
    const kind = kindOf(error, told);
    const named = error instanceof Error && !(error instanceof ScriptException) && kind === 'thrown' && !(error instanceof BadPath);
    return {
      kind,
      code: isObject && typeof error.code === 'string' ? cut(error.code) : null,
      info: isObject ? infoOf(error) : null,
      message: cut(named ? `${String(error.name)}: ${told}` : told),
      stack: error instanceof Error && typeof error.stack === 'string' ? cut(error.stack) : '',
    };
  } catch (again) {
    const memory = again instanceof InternalError && again.message === 'out of memory';
    return { kind: memory ? 'memory' : 'thrown', code: null, message: 'an error that cannot be described', stack: '' };
  }
}

function call(main, name, given, user, shapes, longest) {
  currentUser = userReader(user, shapes);
  const seen = { record: null };
  const values = [];
  for (const each of JSON.parse(given)) values.push(unpack(each, shapes, seen));
  const result = plain(apply(main()[name], undefined, values), 0);
  if (result === undefined) return 'u';
  const text = JSON.stringify(result);
  if (text.length > longest) throw new NotJson(`the result is longer than ${longest} characters`);
  return `v${text}`;
}

function run(main, name, given, user, shapes, longest, at) {
  now = at;
  acting = host.asked();
  let answer;
  try {
    answer = call(main, name, given, user, shapes, longest);
  } catch (error) {
    answer = `e${JSON.stringify(describe(error))}`;
  }
  currentUser = undefined;
  acting = false;
  seenShapes.clear();
  return tidy() ? answer : `!${answer}`;
}

// The names that are functions once the top level of the source has run.
function functions(main) {
  now = 0;
  currentUser = () => undefined;
  const names = Object.keys(main());
  return tidy() ? names.join(' ') : '';
}

installDate();
removeCodeFromText();
removeHiddenState();
removePromises();
boundLengths();
installNames();

// Setters that remain, for the test that knows them all.
function setters() {
  const found = [];
  const seen = new Set();
  const visit = (value, path) => {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) return;
    seen.add(value);
    for (const key of ownKeys(value)) {
      const kept = getOwnPropertyDescriptor(value, key);
      if (kept.set !== undefined) found.push(`${path}.${String(key)}`);
      visit(kept.value, `${path}.${String(key)}`);
    }
    visit(getPrototypeOf(value), `${path}.__proto__`);
  };
  visit(globalThis, 'globalThis');
  hiddenIntrinsics().forEach((value, at) => visit(value, `hidden${at}`));
  return found.sort().join('\n');
}

const inner = [Query, QueryField, Condition, ResultSet, q, data, jobs, storage, events, about, script, Held, Stored, Below, Place, Record, Action, Field, Choice, Reference, Relationship, File, Many, Spread, BadPath, NotJson, Unavailable, TEXT];
return { run, adopt, functions, setters, harden: () => harden(inner) };
