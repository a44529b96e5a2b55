// The world that scripts live in: what they must not have is taken away, everything else is frozen, so that one call
// leaves nothing behind for the next. Runs before any script does; `harden` runs once at the end.

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf, isExtensible, freeze, hasOwn } = Object;
const { ownKeys, construct, apply, deleteProperty } = Reflect;

// The time of the call; every date made from nothing is this one.
let now = 0;

const NativeDate = Date;
const dateMillis = NativeDate.prototype.getTime;

function installDate() {
  function Date(...parts) {
    if (new.target === undefined) return new NativeDate(now).toString();
    return construct(NativeDate, parts.length === 0 ? [now] : parts, new.target);
  }
  Date.prototype = NativeDate.prototype;
  defineProperty(Date, 'length', { value: 7 });
  for (const [name, value] of [['UTC', NativeDate.UTC], ['parse', NativeDate.parse], ['now', () => now]]) {
    defineProperty(Date, name, { value, writable: true, configurable: true });
  }
  NativeDate.prototype.constructor = Date;
  globalThis.Date = Date;
}

// Code is what the definition says, never text that a script puts together.
function removeCodeFromText() {
  const kinds = [function () {}, function* () {}, async function () {}, async function* () {}];
  for (const kind of kinds) {
    const prototype = getPrototypeOf(kind);
    function Function() {
      throw new TypeError('code from text is not available here');
    }
    Function.prototype = prototype;
    defineProperty(prototype, 'constructor', { value: Function, writable: false, configurable: false });
  }
  globalThis.Function = getPrototypeOf(function () {}).constructor;
  delete globalThis.eval;
}

// Setters that would keep something outside of any object that can be frozen.
function removeHiddenState() {
  delete Error.prepareStackTrace;
  delete Error.stackTraceLimit;
  delete globalThis.queueMicrotask;
}

// Functions answer at once. Promises would also swallow the end of a call that ran out of time: what happens in their callbacks
// becomes a rejection. The loader refuses files with `async` and `import()`, the only ways to one without these.
function removePromises() {
  const refuse = () => {
    throw new TypeError('promises are not available here');
  };
  for (const name of ['constructor', 'then', 'catch', 'finally']) {
    defineProperty(Promise.prototype, name, { value: refuse, writable: false, configurable: false });
  }
  delete globalThis.Promise;
  delete globalThis.AsyncDisposableStack;
  delete Array.fromAsync;
}

// Methods that walk an array without calling back cannot be stopped in the middle: a length beyond what memory can hold
// would keep them busy for hours.
const LONGEST_ARRAY = 10_000_000;

function boundLengths() {
  const walks = ['indexOf', 'lastIndexOf', 'includes', 'fill', 'copyWithin', 'reverse', 'sort', 'slice', 'splice', 'shift',
    'unshift', 'concat', 'flat', 'join', 'toString', 'toLocaleString', 'toSorted', 'toReversed', 'toSpliced', 'with', 'push', 'pop',
    'at', 'every', 'some', 'find', 'findIndex', 'findLast', 'findLastIndex', 'filter', 'forEach', 'map', 'reduce', 'reduceRight',
    'flatMap'];
  const check = (value) => {
    if (value === null || typeof value !== 'object') return;
    const own = getOwnPropertyDescriptor(value, 'length');
    if (own === undefined && !('length' in value)) return;
    if (own === undefined || !('value' in own) || (typeof own.value === 'object' && own.value !== null)) {
      throw new TypeError('array methods need an object with a plain length of its own here');
    }
    if (own.value > LONGEST_ARRAY) throw new RangeError(`an array may not be longer than ${LONGEST_ARRAY} here`);
  };
  const checkEach = (list, depth) => {
    for (let at = 0; at < list.length; at++) {
      check(list[at]);
      if (depth > 0 && Array.isArray(list[at])) checkEach(list[at], depth - 1);
    }
  };
  const stringify = JSON.stringify;
  JSON.stringify = (value, replacer, space) => {
    check(replacer);
    return stringify(value, replacer, space);
  };
  for (const name of walks) {
    const native = Array.prototype[name];
    if (typeof native !== 'function') continue;
    const { [name]: bounded } = {
      [name](...values) {
        check(this);
        if (name === 'concat') checkEach(values, 0);
        if (name === 'flat') checkEach(this, 16);
        return apply(native, this, values);
      },
    };
    defineProperty(bounded, 'length', { value: native.length });
    defineProperty(Array.prototype, name, { value: bounded, writable: true, configurable: true });
  }
}

// An object of one's own may have a `toString` or a `message` even though the frozen prototype has one too.
function allowOwn(prototype, names) {
  for (const name of names) {
    const kept = getOwnPropertyDescriptor(prototype, name);
    if (kept === undefined || !('value' in kept)) continue;
    const value = kept.value;
    defineProperty(prototype, name, {
      get() {
        return value;
      },
      set(own) {
        if (this === prototype || this === null || typeof this !== 'object') {
          throw new TypeError(`cannot change ${name}`);
        }
        defineProperty(this, name, { value: own, writable: true, enumerable: true, configurable: true });
      },
      enumerable: false,
      configurable: false,
    });
  }
}

// Objects that no name leads to.
function hiddenIntrinsics() {
  const values = [function* () {}, async function () {}, async function* () {}, (function () { 'use strict'; return arguments; })(),
    [][Symbol.iterator](), ''[Symbol.iterator](), new Map()[Symbol.iterator](), new Set()[Symbol.iterator](),
    'a'.matchAll(/a/g), (function* () {})(), (async function* () {})(), Object.getOwnPropertyDescriptor];
  if (typeof Iterator === 'function') {
    values.push(Iterator.from({ next() {} }), [].values().map((each) => each));
    if (typeof Iterator.concat === 'function') values.push(Iterator.concat([]));
  }
  return values;
}

function freezeAll(roots) {
  const seen = new Set();
  const waiting = [...roots];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue;
    seen.add(value);
    waiting.push(getPrototypeOf(value));
    for (const key of ownKeys(value)) {
      const { value: held, get, set } = getOwnPropertyDescriptor(value, key);
      waiting.push(held, get, set);
    }
    if (value !== globalThis) freeze(value);
  }
}

let globalNames = new Set();
let globalParent = null;

function harden(extra) {
  allowOwn(Object.prototype, ['constructor', 'toString', 'toLocaleString', 'valueOf', 'hasOwnProperty']);
  for (const kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]) {
    allowOwn(kind.prototype, ['constructor', 'name', 'message', 'toString']);
  }
  freezeAll([globalThis, ...hiddenIntrinsics(), ...extra]);
  for (const name of ownKeys(globalThis)) {
    const kept = getOwnPropertyDescriptor(globalThis, name);
    const fixed = 'value' in kept ? { writable: false, configurable: false } : { configurable: false };
    defineProperty(globalThis, name, fixed);
  }
  globalNames = new Set(ownKeys(globalThis));
  globalParent = getPrototypeOf(globalThis);
}

// Undeclared names that a script assigned lie in the global object: they go. False when something cannot be undone.
function tidy() {
  if (!isExtensible(globalThis)) return false;
  if (getPrototypeOf(globalThis) !== globalParent) setPrototypeOf(globalThis, globalParent);
  const names = ownKeys(globalThis);
  if (names.length === globalNames.size) return true;
  return names.every((name) => globalNames.has(name) || deleteProperty(globalThis, name));
}
