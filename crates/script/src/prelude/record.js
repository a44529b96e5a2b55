// Records, the fields of records and the parameters of actions, as scripts see them. A place is where a value lies in the
// call's own copy of a record; writing changes that copy only.

class BadPath extends Error {}

const TEXT = { kind: 'text', many: false };

// A body that is here.
class Held {
  #body;
  #written = new Set();
  constructor(body) {
    this.#body = body;
  }
  read(key) {
    return hasOwn(this.#body, key) ? this.#body[key] : undefined;
  }
  write(key, raw) {
    this.#written.add(key);
    if (raw === undefined) delete this.#body[key];
    else this.#body[key] = raw;
  }
  written() {
    return [...this.#written];
  }
  whole() {
    return this.#body;
  }
}

// A body that is outside: of what was asked for or written, the call has its own copy.
class Stored {
  #at;
  #own = { __proto__: null };
  #written = new Set();
  constructor(at) {
    this.#at = at;
  }
  read(key) {
    const own = this.#own;
    return key in own ? own[key] : (own[key] = host.field(this.#at, key));
  }
  write(key, raw) {
    this.#written.add(key);
    this.#own[key] = raw;
  }
  written() {
    return [...this.#written];
  }
  whole() {
    const body = host.body(this.#at);
    const own = this.#own;
    for (const key of Object.keys(own)) {
      if (own[key] === undefined) delete body[key];
      else body[key] = own[key];
    }
    return body;
  }
}

// The object of what is directly below it: `read`, `write`.
class Below {
  #place;
  constructor(place) {
    this.#place = place;
  }
  read(key) {
    const held = this.#place.get();
    return isObject(held) && hasOwn(held, key) ? held[key] : undefined;
  }
  write(key, raw) {
    const held = this.#place.get();
    const kept = isObject(held) ? held : {};
    if (raw === undefined) delete kept[key];
    else kept[key] = raw;
    // All the way up, where it is noted what was written.
    this.#place.set(kept);
  }
}

const isObject = (value) => value !== undefined && value !== null && typeof value === 'object';

class Place {
  constructor(holder, key, shape) {
    this.holder = holder;
    this.key = key;
    this.shape = shape;
  }
  get() {
    return this.holder.read(this.key);
  }
  set(raw) {
    this.holder.write(this.key, raw);
  }
}

function placeAt(list, index) {
  return {
    shape: list.shape.one,
    get: () => list.get()?.[index],
    set(raw) {
      const values = list.get() ?? [];
      if (index > values.length + 1000) throw new BadPath(`index ${index} is far beyond the end of the list`);
      values[index] = raw ?? null;
      list.set(values);
    },
  };
}

const STEP = /^([^.[\]]+)(?:\[(\d+)\])?$/;

function shapeOf(parent, name, path) {
  if (hasOwn(parent.fields ?? {}, name)) return parent.fields[name];
  const refers = parent.kind !== undefined && parent.fields !== undefined;
  if ((refers && (name === 'id' || name === 'label')) || (parent.entity !== undefined && name === 'id')) return TEXT;
  throw new BadPath(`there is no field ${path} in ${parent.owner ?? parent.name ?? 'the value'}`);
}

// What lies at `path` in a holder that is described by `parent`.
function locate(holder, parent, path) {
  if (typeof path !== 'string' || path === '') throw new BadPath('the path of a field is a text');
  // Most paths are one name, and no name has a dot or a bracket.
  if (hasOwn(parent.fields ?? {}, path)) {
    const place = new Place(holder, path, parent.fields[path]);
    return place.shape.many ? new Many(place) : fieldAt(place);
  }
  const steps = path.split('.');
  for (let at = 0; ; at++) {
    const [, name, index] = STEP.exec(steps[at]) ?? [];
    if (name === undefined) throw new BadPath(`${path} is not the path of a field`);
    const shape = shapeOf(parent, name, path);
    let place = new Place(holder, name, shape);
    if (shape.many && index === undefined) {
      return at === steps.length - 1 ? new Many(place) : new Spread(place, steps.slice(at + 1).join('.'));
    }
    if (!shape.many && index !== undefined) throw new BadPath(`${path} has an index, but ${name} is not a list`);
    if (shape.many) place = placeAt(place, Number(index));
    if (at === steps.length - 1) return fieldAt(place);
    holder = new Below(place);
    parent = place.shape;
  }
}

let placeOf;

class Field {
  #place;
  constructor(place) {
    this.#place = place;
  }
  static {
    placeOf = (field) => (typeof field === 'object' && field !== null && #place in field ? field.#place : undefined);
  }
  name() {
    return this.#place.shape.name;
  }
  val(...written) {
    const { shape } = this.#place;
    if (written.length === 0) return toScript(this.#place.get(), shape);
    this.#place.set(toRaw(written[0], shape));
    return this;
  }
  isEmpty() {
    return this.#place.shape.kind !== 'boolean' && isEmptyRaw(this.#place.get());
  }
  isNotEmpty() {
    return !this.isEmpty();
  }
  equals(other) {
    const { shape } = this.#place;
    const mine = shape.kind === 'date' || shape.kind === 'boolean' ? this.val() : this.#place.get();
    return same(mine ?? null, other ?? null);
  }
  toJSON() {
    return plain(this.#place.get() ?? null, 0);
  }
}

class Choice extends Field {
  label() {
    const { shape } = placeOf(this);
    const raw = placeOf(this).get();
    const chosen = raw?.selectedValue ?? raw;
    const own = raw?.options?.find((each) => each.name === chosen)?.label;
    return own ?? (hasOwn(shape.options ?? {}, chosen) ? shape.options[chosen] : chosen ?? null);
  }
}

class Reference extends Field {
  id() {
    return placeOf(this).get()?.id ?? null;
  }
  label() {
    return placeOf(this).get()?.label ?? null;
  }
  field(path) {
    return locate(new Below(placeOf(this)), placeOf(this).shape, path);
  }
}

class Relationship extends Reference {
  fetch() {
    if (!acting) throw new Unavailable('fetch is not available here');
    const id = this.id();
    return id === null ? null : ask('findById', { entity: placeOf(this).shape.entity, id });
  }
}

class File extends Field {
  id() {
    return placeOf(this).get()?.id ?? null;
  }
  name() {
    return placeOf(this).get()?.name ?? null;
  }
}

// A field of many values.
class Many extends Field {
  size() {
    return placeOf(this).get()?.length ?? 0;
  }
  get(index) {
    const size = this.size();
    return Number.isInteger(index) && index >= 0 && index < size ? fieldAt(placeAt(placeOf(this), index)) : null;
  }
  first() {
    return this.get(0);
  }
  last() {
    return this.get(this.size() - 1);
  }
  each(visit) {
    for (let at = 0; at < this.size(); at++) visit(this.get(at), at);
    return this;
  }
  contains(value) {
    return this.#at(value) >= 0;
  }
  #at(value) {
    return (placeOf(this).get() ?? []).findIndex((each) => same(toScript(each, placeOf(this).shape.one), value ?? null));
  }
  add(value) {
    const { shape } = placeOf(this);
    const raw = toRaw(value, shape.one);
    if (raw !== undefined) placeOf(this).set([...(placeOf(this).get() ?? []), raw]);
    return this;
  }
  remove(value) {
    const id = placeOf(value) !== undefined ? placeOf(value).get()?.id : undefined;
    const at = id === undefined ? this.#at(value) : (placeOf(this).get() ?? []).findIndex((each) => each?.id === id);
    if (at >= 0) this.removeAt(at);
    return this;
  }
  removeAt(index) {
    const values = [...(placeOf(this).get() ?? [])];
    if (!Number.isInteger(index) || index < 0 || index >= values.length) throw new BadPath(`there is no value at ${index}`);
    values.splice(index, 1);
    placeOf(this).set(values);
    return this;
  }
  removeAll() {
    placeOf(this).set([]);
    return this;
  }
}

// A field below each value of a field of many: `addresses.state`.
class Spread {
  #many;
  #path;
  constructor(place, path) {
    this.#many = new Many(place);
    this.#path = path;
    if (this.#many.size() === 0) locate(new Held({}), place.shape.one, path);
  }
  #fields() {
    const fields = [];
    this.#many.each((each) => fields.push(locate(new Below(placeOf(each)), placeOf(each).shape, this.#path)));
    return fields;
  }
  val(...written) {
    if (written.length > 0) throw new BadPath(`${this.#path} of many values cannot be written at once`);
    return this.#fields().flatMap((each) => each.val());
  }
  isEmpty() {
    return this.#fields().every((each) => each.isEmpty());
  }
  isNotEmpty() {
    return !this.isEmpty();
  }
  size() {
    return this.val().length;
  }
  get(index) {
    return this.#fields()[index] ?? null;
  }
  first() {
    return this.get(0);
  }
  last() {
    return this.#fields().at(-1) ?? null;
  }
  each(visit) {
    this.#fields().forEach((each, at) => visit(each, at));
    return this;
  }
  contains(value) {
    return this.val().some((each) => same(each, value ?? null));
  }
  equals(other) {
    return same(this.val(), other ?? null);
  }
  toJSON() {
    return this.val();
  }
}

function fieldAt(place) {
  switch (place.shape.kind) {
    case 'choice':
    case 'dynamicChoice':
      return new Choice(place);
    case 'relationship':
      return new Relationship(place);
    case 'group':
    case 'nested':
      return new Reference(place);
    case 'file':
      return new File(place);
    default:
      return new Field(place);
  }
}

let bodyOf;
let stateOf;
let refresh;

class Record {
  #body;
  #shape;
  #isNew;
  constructor(body, shape, isNew) {
    this.#body = body;
    this.#shape = shape;
    this.#isNew = isNew;
  }
  static {
    const is = (record) => typeof record === 'object' && record !== null && #body in record;
    bodyOf = (record) => (is(record) ? record.#body.whole() : undefined);
    stateOf = (record) => (is(record) ? { body: record.#body, shape: record.#shape, isNew: record.#isNew } : undefined);
    refresh = (record, body) => {
      record.#body = body;
      record.#isNew = false;
    };
  }
  id() {
    return this.#body.read('id') ?? null;
  }
  label() {
    return this.#body.read('label') ?? null;
  }
  version() {
    return this.#body.read('version') ?? null;
  }
  entityName() {
    return this.#shape.owner;
  }
  isNew() {
    return this.#isNew;
  }
  field(path) {
    return locate(this.#body, this.#shape, path);
  }
  toJson() {
    return copyOf(this.#body.whole());
  }
  fromJson(json) {
    for (const name of Object.keys(json)) {
      if (hasOwn(this.#shape.fields, name)) this.field(name).val(json[name]);
    }
    return this;
  }
  copy() {
    const body = copyOf(this.#body.whole());
    for (const name of ['id', 'version', 'label']) delete body[name];
    const fresh = new Held({});
    for (const name of Object.keys(body)) fresh.write(name, withoutIds(body[name], this.#shape.fields[name]));
    return new Record(fresh, this.#shape, true);
  }
  lock() {
    return lockRecord(this);
  }
  unlock() {
    return this;
  }
}

// Nested values of a copy are new ones.
function withoutIds(raw, shape) {
  if (shape?.kind !== 'nested') return raw;
  if (Array.isArray(raw)) return raw.map((each) => withoutIds(each, shape.one ?? shape));
  const { id, label, ...rest } = raw;
  return rest;
}

class Action {
  #name;
  #body;
  #shape;
  constructor(name, body, shape) {
    this.#name = name;
    this.#body = body;
    this.#shape = shape;
  }
  name() {
    return this.#name;
  }
  field(path) {
    return locate(this.#body, this.#shape, path);
  }
}

// The stored form behind a field or a record, wrapped so that an empty one is told from none.
function storedOf(value) {
  const place = placeOf(value);
  if (place !== undefined) return { stored: place.get() ?? null };
  const body = bodyOf(value);
  return body === undefined ? undefined : { stored: body };
}
