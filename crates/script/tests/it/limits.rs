//! Every way to use too much ends in an error, in time, and the next call is as if nothing had been.

use std::time::{Duration, Instant};

use script::{Kind, Options, Sandbox};

use crate::support::{call, text};

const TIME: Duration = Duration::from_millis(150);

/// Bodies of functions, and what comes of them.
fn greedy() -> Vec<(&'static str, &'static [Kind])> {
    const TIMEOUT: &[Kind] = &[Kind::Timeout];
    const MEMORY: &[Kind] = &[Kind::Memory];
    const STACK: &[Kind] = &[Kind::Stack];
    const THROWN: &[Kind] = &[Kind::Thrown { code: None }];
    const RESULT: &[Kind] = &[Kind::Result];
    const EITHER: &[Kind] = &[Kind::Timeout, Kind::Memory];
    vec![
        ("while (true);", TIMEOUT),
        ("while (true) { try { while (true); } catch (e) {} }", TIMEOUT),
        ("try { while (true); } finally { while (true); }", TIMEOUT),
        ("for (;;) { try { [...(function* () { while (true); })()]; } catch (e) {} }", TIMEOUT),
        (
            "const it = {[Symbol.iterator]() { return {next: () => ({value: 1, done: false}), return() { while (true); }}; }};
             for (;;) { try { for (const x of it) throw 1; } catch (e) {} }",
            TIMEOUT,
        ),
        (
            "const it = {[Symbol.iterator]() { return {next: () => ({value: 1, done: false}), return() { while (true); }}; }};
             for (;;) { try { new Map(it); } catch (e) {} }",
            TIMEOUT,
        ),
        (
            "const it = {[Symbol.iterator]() { return {next: () => ({value: 1, done: false}), return() { while (true); }}; }};
             for (;;) { try { Array.from(it, () => { throw 1; }); } catch (e) {} }",
            TIMEOUT,
        ),
        ("return /^(a+)+$/.test('a'.repeat(40) + 'b');", TIMEOUT),
        ("for (;;) { try { /^(a+)+$/.test('a'.repeat(40) + 'b'); } catch (e) {} }", TIMEOUT),
        ("return 'a'.repeat(100000).replace(/(a*)*b/g, '');", TIMEOUT),
        ("const all = []; while (true) all.push('x'.repeat(1000) + all.length);", EITHER),
        ("let text = 'x'; while (true) text += text;", EITHER),
        ("return 'x'.repeat(2 ** 29);", MEMORY),
        ("return new Array(1e7).fill(1).map(() => ({}));", EITHER),
        ("const map = new Map(); for (let at = 0; ; at++) map.set(at, {});", EITHER),
        ("return Array.from({length: 2 ** 53 - 1});", THROWN),
        ("return f();", STACK),
        ("try { return f(); } catch (e) { return f(); }", EITHER_STACK),
        ("const deep = []; let at = deep; for (let n = 0; n < 1e5; n++) at = at[0] = []; return deep;", RESULT),
        ("const deep = []; let at = deep; for (let n = 0; n < 1e6; n++) at = at[0] = []; return JSON.stringify(deep);", ANY),
        ("return JSON.parse('['.repeat(1e6));", &[Kind::Stack, Kind::Thrown { code: None }]),
        ("return 'x'.repeat(2000000);", RESULT),
        ("return { get a() { while (true); } };", TIMEOUT),
        ("return { toJSON() { return this; } };", RESULT),
        ("const make = () => ({ get a() { return make(); } }); return make();", RESULT),
        ("throw { get message() { while (true); } };", TIMEOUT),
        ("throw { toString() { while (true); } , message: { toString() { while (true); } } };", TIMEOUT),
        ("return [].indexOf.call({length: 2 ** 53 - 1}, 1);", THROWN),
        ("return new Array(4294967295).indexOf(1);", THROWN),
        ("return new Array(4294967295).includes(1);", THROWN),
        ("return new Array(4294967295).lastIndexOf(1);", THROWN),
        ("return new Array(4294967295).reverse();", THROWN),
        ("return new Array(4294967295).sort();", THROWN),
        ("return new Array(4294967295).join('');", THROWN),
        ("return String(new Array(4294967295));", THROWN),
        ("return new Array(4294967295).some(() => true);", THROWN),
        ("return [].concat(new Array(4294967295));", THROWN),
        ("return [[new Array(4294967295)]].flat(3);", THROWN),
        ("return [].indexOf.call({get length() { return 2 ** 53 - 1; }}, 1);", THROWN),
        ("return [].indexOf.call(Object.create({length: 2 ** 53 - 1}), 1);", THROWN),
        ("return [].indexOf.call({length: {valueOf: () => 2 ** 53 - 1}}, 1);", THROWN),
        ("return JSON.stringify({}, new Array(4294967295));", THROWN),
        ("return new Set(new Array(4294967295)).size;", TIMEOUT),
        ("return [...new Array(4294967295)].length;", EITHER),
        ("return Math.max.apply(null, {length: 2 ** 31});", &[Kind::Stack, Kind::Thrown { code: None }, Kind::Memory]),
        ("return new Array(4294967295);", EITHER),
        ("let n = 3n; while (true) n *= n;", &[Kind::Timeout, Kind::Memory, Kind::Thrown { code: None }]),
        ("sys.utils.time.format(0, 'y'.repeat(1e6));", THROWN),
        ("const all = {}; for (let at = 0; ; at++) all['k' + at] = at;", EITHER),
        ("for (;;) sys.logs.info('x');", TIMEOUT),
    ]
}

/// Where which limit is met first depends on the sizes of the interpreter's own structures.
const ANY: &[Kind] = &[
    Kind::Stack,
    Kind::Timeout,
    Kind::Memory,
    Kind::Thrown { code: None },
];
const EITHER_STACK: &[Kind] = &[Kind::Stack, Kind::Timeout];

#[test]
fn nothing_uses_more_than_it_may() {
    let sandbox = Sandbox::new(Options {
        time: TIME,
        workers: 1,
        ..Options::default()
    })
    .unwrap();
    let healthy = sandbox
        .load("healthy.js", "function f(record) { return record.label(); }")
        .unwrap();
    let mut wrong = Vec::new();
    for (body, kinds) in greedy() {
        let program = sandbox
            .load("x.js", &format!("function f(record) {{ {body} }}"))
            .unwrap();
        let started = Instant::now();
        let result = call(&program, "f").result;
        let took = started.elapsed();
        let expected = result.as_ref().is_err_and(|error| kinds.contains(&error.kind));
        if !expected || took > Duration::from_millis(1500) {
            wrong.push(format!("{body} took {took:?}: {result:?}"));
        }
        assert_eq!(text(call(&healthy, "f")), r#""Blogpad""#, "after {body}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_script_cannot_catch_its_end() {
    let sandbox = Sandbox::new(Options {
        time: TIME,
        workers: 1,
        ..Options::default()
    })
    .unwrap();
    let program = sandbox
        .load("x.js", "function f() { try { while (true); } catch (e) { return 'caught'; } finally { return 'finally'; } }")
        .unwrap();
    let error = call(&program, "f").result.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (Kind::Timeout, "the script ran longer than 150ms")
    );
}

#[test]
fn memory_that_a_script_gives_back_is_there_again() {
    let sandbox = Sandbox::new(Options {
        workers: 1,
        ..Options::default()
    })
    .unwrap();
    let program = sandbox
        .load("x.js", "function f() { const ring = {big: 'x'.repeat(5000000) + Math.random()}; ring.ring = ring; return 1; }")
        .unwrap();
    for _ in 0..50 {
        assert_eq!(text(call(&program, "f")), "1");
    }
}
