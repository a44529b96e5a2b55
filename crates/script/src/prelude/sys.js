// `sys`: what scripts may ask of the server, and a plain refusal by name for everything else.

class Unavailable extends Error {}

class ScriptException extends Error {
  constructor(code, message, additionalInfo) {
    super(message);
    this.name = 'ScriptException';
    this.code = code;
    this.additionalInfo = additionalInfo;
  }
}

const CODES = {
  VALIDATION_ERRORS: 'validationErrors',
  BAD_REQUEST_ERROR: 'badRequest',
  NOT_FOUND_ERROR: 'notFound',
  ACCESS_FORBIDDEN_ERROR: 'forbidden',
  OPTIMISTIC_LOCKING_ERROR: 'optimisticLocking',
  SYSTEM_ERROR: 'systemException',
  JAVASCRIPT_ERROR: 'javascriptException',
  ENDPOINT_ERROR: 'endpointException',
  UNKNOWN_ERROR: 'unknownError',
  TIMEOUT_ERROR: 'timeout',
};

// What `sys.<name>` is documented to have and pure functions cannot use.
const ELSEWHERE = {
  'sys.data': ['importRecords', 'exportRecords', 'replaceRefs', 'createAggregateQuery', 'clearCache', 'globalSearch'],
  'sys.jobs': ['setLowPriority', 'executeInJob', 'stop', 'resume'],
  'sys.app': ['clearCache', 'getSettings'],
  'sys.users': ['resetPassword', 'create', 'find'],
  sys: ['files', 'ui', 'endpoints', 'i18n', 'monitoring', 'cache', 'dataCache',
    'db', 'auth', 'ai', 'groups', 'services', 'settings', 'mail', 'notifications'],
  'sys.utils': ['crypto', 'base64', 'xml', 'json', 'html', 'url'],
  'sys.utils.text': ['processTemplate', 'markdownToHtml', 'htmlToMarkdown', 'recordToString'],
  'sys.utils.numbers': ['BigNumber'],
  'sys.context': ['setCurrentUserRecord', 'setCurrentUserRecordById', 'setCurrentUserRecordByEmail', 'root', 'any', 'stack'],
};

function space(name, members) {
  for (const missing of ELSEWHERE[name] ?? []) {
    defineProperty(members, missing, {
      get() {
        throw new Unavailable(`${name}.${missing} is not available here`);
      },
      enumerable: false,
    });
  }
  return members;
}

function logger(level) {
  return (message, extra) => {
    const text = typeof message === 'string' ? message : JSON.stringify(plain(message, 0)) ?? 'undefined';
    const more = extra === undefined ? undefined : plain(extra, 0);
    // In the order in which all functions of a unit of work speak.
    if (acting) ask('log', { level, message: cut(text), extra: more });
    else host.log(level, text, more === undefined ? undefined : JSON.stringify(more));
  };
}

function millisOf(date) {
  const millis = date instanceof NativeDate ? apply(dateMillis, date, []) : date;
  if (typeof millis !== 'number' || !Number.isFinite(millis)) throw new TypeError('a date is expected');
  return Math.trunc(millis);
}

// A time zone is named by a text, or by an object with the name in it.
function zoneOf(zone) {
  if (zone === undefined || zone === null) return undefined;
  return String(typeof zone === 'object' ? zone.timezone ?? zone.code ?? zone.id : zone);
}

const time = {
  format: (date, pattern, zone) => host.format(millisOf(date), String(pattern), zoneOf(zone)),
  parse(text, pattern, zone) {
    const millis = host.parse(String(text), String(pattern), zoneOf(zone));
    return millis === undefined || millis === null ? null : new NativeDate(millis);
  },
  getTimeZoneOffset: (zone, date) => host.offset(date === undefined ? now : millisOf(date), zoneOf(zone)),
  setTimeZone(date, zone) {
    const millis = millisOf(date);
    return new NativeDate(millis + host.offset(millis, zoneOf(zone)));
  },
};

const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&nbsp;': ' ' };

const text = {
  findTokens(source) {
    const found = {};
    for (const [, name, given] of String(source).matchAll(/#([\w-]+)(?::([^\s#]+))?/g)) {
      const values = given === undefined ? [true] : given.split(',');
      const before = hasOwn(found, name) ? [].concat(found[name]) : [];
      const all = before.concat(values);
      defineProperty(found, name, {
        value: all.length === 1 ? all[0] : all, writable: true, enumerable: true, configurable: true,
      });
    }
    return found;
  },
  htmlToText: (html) =>
    String(html).replace(/<br\s*\/?>|<\/p>/gi, '\n').replace(/<[^>]*>/g, '').replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (each) => ENTITIES[each]),
  textToHtml: (source) =>
    String(source).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/\r?\n/g, '<br/>'),
  stringify: (value) => JSON.stringify(plain(value, 0)),
};

function limitDecimals(value, decimals, rule) {
  if (rule === 'ROUND') return value.toFixed(decimals);
  const [whole, fraction = ''] = value.toFixed(Math.min(decimals + 6, 20)).split('.');
  return decimals === 0 ? whole : `${whole}.${fraction.slice(0, decimals)}`;
}

const numbers = {
  format(value, options = {}) {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('a number is expected');
    const decimals = Math.min(Math.max(Number(options.numberOfDecimals ?? 2) || 0, 0), 14);
    const printed = options.limitNumberOfDecimals
      ? limitDecimals(value, decimals, String(options.limitRuleType ?? 'TRUNCATE').toUpperCase())
      : String(value);
    if (!options.thousandsSeparator) return printed;
    const [whole, fraction] = printed.split('.');
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
    return fraction === undefined ? grouped : `${grouped}.${fraction}`;
  },
  getRandomValue: () => Math.random(),
};

let currentUser;

// Whether the call may ask the server for things.
let acting = false;

const context = {
  getCurrentUserId: () => currentUser()?.id ?? null,
  getCurrentUserRecord: () => currentUser()?.record ?? null,
};

const sys = space('sys', {
  logs: { info: logger('INFO'), warn: logger('WARN'), error: logger('ERROR'), debug: logger('DEBUG') },
  exceptions: {
    ...CODES,
    ScriptException,
    throwException(code, message, additionalInfo) {
      throw new ScriptException(String(code), String(message), additionalInfo);
    },
    getCode: (error) => error?.code ?? CODES.JAVASCRIPT_ERROR,
    getMessage: (error) => error?.message ?? String(error),
    getAdditionalInfo: (error) => error?.additionalInfo ?? null,
  },
  context: space('sys.context', context),
  utils: space('sys.utils', { time, text: space('sys.utils.text', text), numbers: space('sys.utils.numbers', numbers) }),
});

function installNames() {
  globalThis.sys = sys;
  globalThis.log = (message) => sys.logs.info(message);
  for (const name of ['app', 'config', 'pkg']) {
    defineProperty(globalThis, name, {
      get() {
        throw new Unavailable(`${name} is not available here`);
      },
      set(value) {
        defineProperty(globalThis, name, { value, writable: true, configurable: true });
      },
      configurable: true,
    });
  }
}
