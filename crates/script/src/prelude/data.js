// `sys.data` and what else acts: every call here is a question to the server.

const seenShapes = new Map();
const adopted = new Map();

// The shape of an entity, kept from call to call under the number that tells app versions apart.
function shapeNamed(entity) {
  const seen = seenShapes.get(entity);
  if (seen !== undefined) return seen;
  const number = host.shapeNumber(entity);
  if (number === undefined || number === null) throw new ScriptException(CODES.NOT_FOUND_ERROR, `there is no entity ${entity}`);
  if (adopted.size > 500) adopted.clear();
  const known = adopted.get(number) ?? adopt(host.shapeText(entity));
  adopted.set(number, known);
  seenShapes.set(entity, known);
  return known;
}

function opened(answer) {
  if (answer === null || typeof answer !== 'object') return answer;
  if (Array.isArray(answer)) return answer.map(opened);
  switch (answer.is) {
    case 'record':
      return new Record(new Held(answer.body), shapeNamed(answer.entity), false);
    case 'page':
      return { items: answer.items.map(opened), next: answer.next };
    case 'value':
      return answer.value;
    default:
      return answer;
  }
}

function ask(what, given) {
  const answer = host.ask(what, JSON.stringify(plain(given ?? null, 0)));
  if (answer === 'u') return undefined;
  const said = JSON.parse(answer.slice(1));
  if (answer[0] === 'e') throw new ScriptException(said.code, said.message, said.info ?? undefined);
  return opened(said);
}

// What is sent of a nested value: all of it, so what is not there is null.
function complete(raw, shape) {
  if (raw === undefined || raw === null) return null;
  if (shape.kind !== 'nested') return raw;
  if (shape.many) return Array.isArray(raw) ? raw.filter((each) => each !== null).map((each) => complete(each, shape.one)) : raw;
  const sent = {};
  if (typeof raw.id === 'string') sent.id = raw.id;
  for (const name of Object.keys(raw)) {
    if (name !== 'id' && name !== 'label' && name !== '~' && !hasOwn(shape.fields, name)) sent[name] = raw[name];
  }
  for (const name of Object.keys(shape.fields)) sent[name] = complete(raw[name], shape.fields[name]);
  return sent;
}

function changesOf({ body, shape }) {
  const changes = {};
  for (const name of body.written()) {
    if (hasOwn(shape.fields, name)) changes[name] = complete(body.read(name), shape.fields[name]);
  }
  return changes;
}

function recordState(record, what) {
  const state = stateOf(record);
  if (state === undefined) throw new TypeError(`${what} needs a record`);
  return state;
}

function lockRecord(record) {
  const { body, shape, isNew } = recordState(record, 'lock');
  if (!isNew) ask('lock', { entity: shape.owner, id: body.read('id') });
  return record;
}

const idOf = (given) => stateOf(given)?.body.read('id') ?? given ?? null;

function save(record, options) {
  const { body, shape, isNew } = recordState(record, 'save');
  const changed = changesOf(stateOf(record));
  const sent = isNew
    ? { entity: shape.owner, changed, options }
    : { entity: shape.owner, id: body.read('id'), version: body.read('version'), changed, options };
  const saved = ask('save', sent);
  refresh(record, stateOf(saved).body);
  return record;
}

function remove(given, second) {
  const state = stateOf(given);
  const sent = state === undefined ? { entity: given, id: second } : { entity: state.shape.owner, id: state.body.read('id') };
  return ask('remove', sent);
}

// `executeAction(record, …)`, `executeAction(query, …)`, `executeAction(entity, ids or map, …)`: name, parameters, options.
function executeAction(first, ...rest) {
  const state = stateOf(first);
  if (state !== undefined) {
    return ask('action', { entity: state.shape.owner, ids: [state.body.read('id')], name: rest[0], parameters: rest[1], options: rest[2] });
  }
  const asked = askedOf(first);
  if (asked !== undefined) return ask('action', { entity: asked.entity, query: asked, name: rest[0], parameters: rest[1], options: rest[2] });
  const [chosen, name, parameters, options] = rest;
  const ids = typeof chosen === 'string' ? [chosen] : Array.isArray(chosen) ? chosen.map(idOf) : undefined;
  const sent = { entity: first, name, parameters, options };
  return ask('action', ids === undefined ? { ...sent, query: queryOf(first, chosen) } : { ...sent, ids });
}

const lockNamed = (entity, id) => (stateOf(entity) === undefined ? ask('lock', { entity, id }) ?? true : lockRecord(entity));

const data = space('sys.data', {
  findById: (entity, id) => ask('findById', { entity, id: idOf(id) }),
  find: (first, second) => new ResultSet(queryOf(first, second)),
  findOne: (first, second) => new ResultSet({ ...queryOf(first, second), size: 1 }).next(),
  count: (first, second) => ask('count', { query: queryOf(first, second) }),
  aggregate: (entity, stages) => ask('aggregate', { entity, stages }),
  createRecord(entity, json) {
    const record = new Record(new Held({}), shapeNamed(String(entity)), true);
    return json === undefined ? record : record.fromJson(json);
  },
  createQuery: (entity) => new Query(String(entity)),
  save,
  remove,
  delete: (first, second) => ask('delete', { query: queryOf(first, second) }),
  refresh(record) {
    const { body, shape } = recordState(record, 'refresh');
    const found = ask('findById', { entity: shape.owner, id: body.read('id') });
    if (found === null || found === undefined) throw new ScriptException(CODES.NOT_FOUND_ERROR, 'the record is not there any more');
    refresh(record, stateOf(found).body);
    return record;
  },
  executeAction,
  executeGlobalAction: (entity, name, parameters, options) => ask('action', { entity, name, parameters, options }),
  lock: lockNamed,
  tryLock: lockNamed,
  unlock: () => true,
  lockById: lockNamed,
  tryLockById: lockNamed,
  unlockById: () => true,
});

const listed = (given) => (given === undefined || given === null ? [] : [].concat(given).map(String));

const said = (level) => (...given) => ask('jobLog', { level, message: String(given.at(given.length > 1 && typeof given[1] === 'string' ? 1 : 0)) });

const jobs = space('sys.jobs', {
  getCurrentJobId: () => ask('jobId', {}) ?? null,
  getCurrentJob: () => ask('job', { id: null }) ?? null,
  findById: (id) => ask('job', { id: String(id) }) ?? null,
  // For one or several, until they have ended or have one of these statuses.
  waitForJob: (ids, statuses, timeout) => ask('waitForJob', { ids: listed(ids), statuses: listed(statuses), timeout }),
  log: said('INFO'),
  logInfo: said('INFO'),
  logWarn: said('WARN'),
  logError: said('ERROR'),
});

const storage = space('sys.storage', {
  get: (key) => ask('stored', { key: String(key) }) ?? null,
  put: (key, value) => ask('store', { key: String(key), value: value ?? null }),
  remove: (key) => ask('store', { key: String(key), value: null }),
});

const events = { triggerEvent: (name, given) => ask('trigger', { name: String(name), data: given ?? null }) };

const about = space('sys.app', {
  getName: () => ask('app', {}).name,
  getLabel: () => ask('app', {}).label,
  getEnv: () => ask('app', {}).environment,
  getTimezone: () => ask('app', {}).timezone,
});

const person = (user) => ask('user', { id: idOf(user) });
const changed = (change) => (user, group, primary) => ask('changeUser', { id: idOf(user), change, group, primary: primary === true });
const isGroup = (group, named) => group !== undefined && (group.name === String(named) || group.id === String(named));

const users = space('sys.users', {
  containsGroup: (user, group) => person(user).groups.some((one) => isGroup(one, group)),
  getPrimaryGroup: (user) => person(user).groups[0] ?? null,
  isPrimaryGroup: (user, group) => isGroup(person(user).groups[0], group),
  addGroup: changed('addGroup'),
  removeGroup: changed('removeGroup'),
  activate: changed('activate'),
  deactivate: changed('deactivate'),
});

const script = { wait: (millis) => ask('wait', { millis: Number(millis) }) };

// `sys.<name>` for functions that act, a refusal for those that only compute.
function provide(holder, path, name, members) {
  defineProperty(holder, name, {
    get() {
      if (!acting) throw new Unavailable(`${path}.${name} is not available here`);
      return members;
    },
    enumerable: false,
  });
}

provide(sys, 'sys', 'data', data);
provide(sys, 'sys', 'jobs', jobs);
provide(sys, 'sys', 'users', users);
provide(sys, 'sys', 'storage', storage);
provide(sys, 'sys', 'events', events);
provide(sys, 'sys', 'app', about);
provide(sys.utils, 'sys.utils', 'script', script);
defineProperty(globalThis, 'q', {
  get: () => q,
  set(value) {
    defineProperty(globalThis, 'q', { value, writable: true, configurable: true });
  },
  configurable: true,
});
