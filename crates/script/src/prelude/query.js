// Queries of scripts: conditions put together, and the records that meet them one after the other.

const OPERATORS = ['equals', 'notEquals', 'like', 'between', 'greater', 'greaterOrEquals', 'less', 'lessOrEquals', 'empty', 'notEmpty',
  'near'];

// What a condition compares with: times as milliseconds, records by their ids.
function operand(value) {
  const state = stateOf(value);
  if (state !== undefined) return state.body.read('id') ?? null;
  const raw = plain(value ?? null, 0);
  return raw !== null && typeof raw === 'object' && typeof raw.id === 'string' ? raw.id : raw;
}

const test = (path, operator, values) => ({ test: [String(path), operator, values.flatMap((each) => (Array.isArray(each) ? each : [each])).map(operand)] });

class QueryField {
  #done;
  #path;
  constructor(path, done) {
    this.#path = path;
    this.#done = done;
  }
  static {
    for (const operator of OPERATORS) {
      const { [operator]: method } = {
        [operator](...values) {
          return this.#done(test(this.#path, operator, values));
        },
      };
      defineProperty(this.prototype, operator, { value: method, writable: true, configurable: true });
    }
  }
}

let askedOf;

class Query {
  #asked;
  constructor(entity) {
    this.#asked = { entity, all: [] };
  }
  static {
    askedOf = (query) => (typeof query === 'object' && query !== null && #asked in query ? query.#asked : undefined);
  }
  #take(condition) {
    this.#asked.all.push(condition);
    return this;
  }
  field(path) {
    return new QueryField(path, (condition) => this.#take(condition));
  }
  query(condition) {
    return this.#take(conditionOf(condition));
  }
  and(...conditions) {
    return this.#take({ and: conditions.map(conditionOf) });
  }
  or(...conditions) {
    return this.#take({ or: conditions.map(conditionOf) });
  }
  size(count) {
    this.#asked.size = whole(count, 'size');
    return this;
  }
  offset(count) {
    this.#asked.offset = typeof count === 'string' ? count : whole(count, 'offset');
    return this;
  }
  sortBy(path, type) {
    this.#asked.sortField = String(path);
    this.#asked.ascending = type !== undefined && String(type).toLowerCase() === 'asc';
    return this;
  }
  includeFields() {
    return this;
  }
}

const whole = (count, what) => {
  if (!Number.isInteger(count) || count < 0) throw new TypeError(`the ${what} of a query is a whole number`);
  return count;
};

class Condition {
  constructor(said) {
    this.said = said;
  }
}

function conditionOf(given) {
  if (given instanceof Condition) return given.said;
  if (typeof given === 'function') return conditionOf(given(q));
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { map: mapOf(given) };
  throw new TypeError('a condition is a map of fields and values, or made by q.field, q.and or q.or');
}

const q = {
  field: (path) => new QueryField(path, (said) => new Condition(said)),
  and: (...conditions) => new Condition({ and: conditions.map(conditionOf) }),
  or: (...conditions) => new Condition({ or: conditions.map(conditionOf) }),
};

function mapOf(given) {
  const map = {};
  for (const key of Object.keys(given)) {
    const value = given[key];
    const nested = (key === '_or' || key === '_and') && value !== null && typeof value === 'object';
    if (nested) map[key] = Array.isArray(value) ? value.map(mapOf) : mapOf(value);
    else if (Array.isArray(value)) map[key] = value.map(operand);
    else map[key] = stateOf(value) === undefined && value?.constructor === Object ? plain(value, 0) : operand(value);
  }
  return map;
}

// The map form: fields and values, and what begins with `_`.
function queryOfMap(entity, given) {
  const query = new Query(entity);
  const fields = {};
  for (const key of Object.keys(given)) {
    const value = given[key];
    if (key === '_size') query.size(Number(value));
    else if (key === '_offset') query.offset(typeof value === 'string' && !/^\d+$/.test(value) ? value : Number(value));
    else if (key === '_sortField') query.sortBy(value, given._sortType);
    else if (key !== '_sortType' && key !== '_fields') fields[key] = value;
  }
  if (Object.keys(fields).length > 0) askedOf(query).all.push({ map: mapOf(fields) });
  return query;
}

// What the caller of an action has chosen.
function queryFrom(entity, chosen) {
  const query = new Query(entity);
  askedOf(query).chosen = chosen;
  return query;
}

// `find(query)`, `find(entity, query)`, `find(entity, map)`.
function queryOf(first, second) {
  const asked = askedOf(first) ?? askedOf(second);
  if (asked !== undefined) return asked;
  if (typeof first !== 'string') throw new TypeError('the name of an entity, or a query, is expected');
  if (second !== undefined && second !== null && typeof second !== 'object') throw new TypeError('a query is a map of fields and values');
  return askedOf(queryOfMap(first, second ?? {}));
}

// The records of a query, fetched some at a time.
class ResultSet {
  #asked;
  #page = [];
  #at = 0;
  #next;
  #left;
  #total;
  constructor(asked) {
    this.#asked = asked;
    this.#left = asked.size ?? Infinity;
  }
  #fill() {
    if (this.#at < this.#page.length || this.#left <= 0 || this.#next === null) return;
    const size = Math.min(this.#left, 100);
    const found = ask('find', { query: this.#asked, size, next: this.#next ?? null });
    this.#page = found.items;
    this.#at = 0;
    this.#next = found.next;
    this.#left -= found.items.length;
  }
  hasNext() {
    this.#fill();
    return this.#at < this.#page.length;
  }
  next() {
    this.#fill();
    return this.#at < this.#page.length ? this.#page[this.#at++] : null;
  }
  count() {
    this.#total ??= ask('count', { query: this.#asked });
    return this.#total;
  }
  size() {
    return this.count();
  }
  each(visit) {
    for (let at = 0; this.hasNext(); at++) visit(this.next(), at);
    return this;
  }
  toArray() {
    const all = [];
    while (this.hasNext()) all.push(this.next());
    return all;
  }
}
