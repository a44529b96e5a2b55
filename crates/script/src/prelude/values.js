// Between the stored form of a value and what a script sees of it.

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

function isEmptyRaw(raw) {
  return raw === undefined || raw === null || raw === '' || (Array.isArray(raw) && raw.length === 0);
}

// What `val()` gives for a stored value.
function toScript(raw, shape) {
  if (shape.many) return Array.isArray(raw) ? raw.map((each) => toScript(each, shape.one)) : [];
  if (shape.kind === 'boolean') return raw === true;
  if (isEmptyRaw(raw)) return null;
  switch (shape.kind) {
    case 'dateTime':
      return new NativeDate(raw);
    case 'date':
      return DAY.test(raw) ? new NativeDate(host.midnight(raw)) : null;
    case 'relationship':
      return { ...copyOf(raw), link: `/data/${shape.entity}/${raw.id}` };
    case 'nested':
      return nestedToScript(raw, shape);
    default:
      return typeof raw === 'object' ? copyOf(raw) : raw;
  }
}

function nestedToScript(raw, shape) {
  const seen = {};
  for (const key of Object.keys(raw)) {
    if (key === '~') continue;
    seen[key] = hasOwn(shape.fields, key) ? toScript(raw[key], shape.fields[key]) : copyOf(raw[key]);
  }
  return seen;
}

function copyOf(raw) {
  if (Array.isArray(raw)) return raw.map(copyOf);
  if (raw === null || typeof raw !== 'object') return raw;
  const copy = {};
  for (const key of Object.keys(raw)) {
    if (key !== '~') copy[key] = copyOf(raw[key]);
  }
  return copy;
}

// The stored form of what a script writes; it is only ever read by the same call.
function toRaw(value, shape) {
  if (shape.many) {
    const list = isEmptyRaw(value) ? [] : Array.isArray(value) ? value : [value];
    return list.map((each) => toRaw(each, shape.one));
  }
  if (value instanceof NativeDate && shape.kind === 'date') return host.day(apply(dateMillis, value, []));
  const raw = plain(value, 0);
  if (shape.kind === 'boolean') return raw === true;
  if (isEmptyRaw(raw)) return undefined;
  const refers = shape.kind === 'relationship' || shape.kind === 'group' || shape.kind === 'file';
  if (!refers) return raw;
  if (typeof raw === 'string') return { id: raw };
  // Of a whole record only what refers to it.
  return stateOf(value) === undefined ? raw : { id: raw.id, label: raw.label };
}

// What two values are compared by: references by id, dates by their time.
function comparable(value) {
  if (value instanceof NativeDate) return apply(dateMillis, value, []);
  const raw = plain(value, 0);
  return raw !== null && typeof raw === 'object' && typeof raw.id === 'string' ? raw.id : raw;
}

function same(left, right) {
  const a = comparable(left);
  const b = comparable(right);
  if (isEmptyRaw(a) || isEmptyRaw(b)) return isEmptyRaw(a) && isEmptyRaw(b);
  if (typeof a === 'object' || typeof b === 'object') return JSON.stringify(a) === JSON.stringify(b);
  return a === b;
}

// A result that is not JSON; told apart from what scripts throw.
class NotJson extends Error {}

function plainObject(value, depth) {
  if (value instanceof NativeDate) return plain(apply(dateMillis, value, []), depth);
  const raw = storedOf(value);
  if (raw !== undefined) return plain(raw.stored, depth);
  if (typeof value.toJSON === 'function') return plain(value.toJSON(), depth + 1);
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    return plain(value.valueOf(), depth + 1);
  }
  if (Array.isArray(value)) {
    const list = [];
    for (let at = 0; at < value.length; at++) list.push(plain(value[at], depth + 1) ?? null);
    return list;
  }
  const copy = { __proto__: null };
  for (const key of Object.keys(value)) {
    const held = key === '~' ? undefined : plain(value[key], depth + 1);
    if (held !== undefined) copy[key] = held;
  }
  return copy;
}

// The value as nothing but JSON: no getters, no prototypes, nothing that runs when it is printed.
function plain(value, depth) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new NotJson(`${value} is not a JSON value`);
      return value;
    case 'bigint':
      throw new NotJson('a BigInt is not a JSON value');
    case 'object':
      if (value === null) return null;
      if (depth > 100) throw new NotJson('a value is nested deeper than 100 levels, or within itself');
      return plainObject(value, depth);
    case 'function':
      if (depth === 0) throw new NotJson('a function is not a JSON value');
  }
  return undefined;
}
