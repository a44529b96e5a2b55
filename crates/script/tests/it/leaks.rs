//! Nothing of a call is seen by the next one, not even of the same program.

use crate::support::{context, load, sandbox, text};

/// What one call tries to leave, and how another one would see it.
const LEAVINGS: &[(&str, &str)] = &[
    ("counter++", "counter"),
    ("list.push(1)", "list.length"),
    ("leak = 1", "typeof leak"),
    ("globalThis.leak = 1", "typeof leak"),
    ("this.leak = 1", "typeof leak"),
    (
        "Object.defineProperty(globalThis, 'leak', {value: 1})",
        "typeof leak",
    ),
    (
        "globalThis[Symbol.for('leak')] = 1",
        "typeof globalThis[Symbol.for('leak')]",
    ),
    ("Object.setPrototypeOf(globalThis, {leak: 1})", "typeof leak"),
    ("globalThis.__proto__ = {leak: 1}", "typeof leak"),
    (
        "Object.preventExtensions(globalThis)",
        "Object.isExtensible(globalThis)",
    ),
    ("delete globalThis.Map", "typeof Map"),
    ("Object = 1", "typeof Object"),
    ("sys = 1", "typeof sys"),
    (
        "app = 1",
        "(() => { try { return typeof app; } catch (e) { return e.message; } })()",
    ),
    ("sys.leak = 1", "typeof sys.leak"),
    ("sys.logs.info = 1", "typeof sys.logs.info"),
    ("Object.prototype.leak = 1", "typeof ({}).leak"),
    ("({}).__proto__.leak = 1", "typeof ({}).leak"),
    ("Object.prototype.toString = 1", "typeof ({}).toString"),
    ("Array.prototype.map = 1", "typeof [].map"),
    ("[].__proto__.leak = 1", "typeof [].leak"),
    ("f.constructor.prototype.leak = 1", "typeof f.leak"),
    (
        "JSON.stringify = () => '1'",
        "typeof JSON.stringify({}) + JSON.stringify({})",
    ),
    ("Math.max = 1", "typeof Math.max"),
    ("Date.now = () => 5", "Date.now() > 5"),
    ("Date.prototype.getTime = () => 5", "new Date(7).getTime()"),
    ("RegExp.prototype.exec = 1", "/a/.test('a')"),
    (
        "Error.prepareStackTrace = () => 'leak'",
        "String(Error.prepareStackTrace) + (new Error('x').stack === 'leak')",
    ),
    (
        "Error.stackTraceLimit = 0",
        "String(Error.stackTraceLimit) + new Error('x').stack.length",
    ),
    (
        "(function* () {})().__proto__.__proto__.leak = 1",
        "typeof (function* () {})().leak",
    ),
    ("[][Symbol.iterator]().__proto__.next = 1", "[...[1]].length"),
    (
        "new Map().entries().__proto__.leak = 1",
        "typeof new Map().entries().leak",
    ),
    (
        "'a'.matchAll(/a/g).__proto__.leak = 1",
        "typeof 'a'.matchAll(/a/g).leak",
    ),
    ("record.constructor.prototype.leak = 1", "typeof record.leak"),
    ("record.leak = 1", "typeof record.leak"),
    (
        "record.field('tags').__proto__.size = () => 9",
        "record.field('tags').size()",
    ),
    ("record.field('name').val('Other')", "record.field('name').val()"),
    ("record.toJson().name = 'x'", "JSON.stringify(record.toJson())"),
    (
        "record.toJson().addresses[0].state = 'x'",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('addresses').val()[0].state = 'x'",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('addresses[0].state').val('x')",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('addresses[3].state').val('x')",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('tags').val(['a'])",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('tags').val().push('z')",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('tags').get(0).val('x')",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('parent').val().label = 'x'",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('size').val().options.push(1)",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('place').val().latitude = 3",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('other.email').val('x')",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('lastMeeting').val().setTime(1)",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('isOpen').val(true)",
        "JSON.stringify(record.toJson())",
    ),
    (
        "delete record.field('contactInformation').val().email",
        "JSON.stringify(record.toJson())",
    ),
    (
        "record.field('state').constructor.leak = 1",
        "typeof record.field('state').constructor.leak",
    ),
    (
        "sys.exceptions.ScriptException.prototype.leak = 1",
        "typeof sys.exceptions.ScriptException.prototype.leak",
    ),
    ("(x => x)`a`; f.leak = 1", "typeof f.leak"),
    ("tag`a`.leak = 1", "typeof tag`a`.leak"),
    (
        "Object.getOwnPropertyDescriptor(Map.prototype, 'size').get.leak = 1",
        "typeof Object.getOwnPropertyDescriptor(Map.prototype, 'size').get.leak",
    ),
    (
        "Object.getOwnPropertyDescriptor(Object.prototype, 'toString').get.leak = 1",
        "typeof Object.getOwnPropertyDescriptor(Object.prototype, 'toString').get.leak",
    ),
    ("Iterator.prototype.leak = 1", "typeof [].values().leak"),
    (
        "Iterator.prototype.constructor = 1",
        "typeof Iterator.prototype.constructor",
    ),
    (
        "Iterator.from({next() {}}).__proto__.leak = 1",
        "typeof Iterator.from({next() {}}).leak",
    ),
    ("Symbol.prototype.leak = 1", "typeof Symbol().leak"),
    ("(1n).__proto__.leak = 1", "typeof (1n).leak"),
];

#[test]
fn nothing_is_left_behind() {
    let sandbox = sandbox();
    let shape = crate::support::shape();
    let body = crate::support::json(crate::support::COMPANY);
    let record = script::Argument::Record {
        shape: &shape,
        body: &body,
        is_new: false,
    };
    for strict in ["", "'use strict';"] {
        for (leave, look) in LEAVINGS {
            let source = format!(
                "{strict} var counter = 0; const list = []; const tag = parts => parts;
                 function f(record) {{ try {{ {leave}; }} catch (e) {{}} }}
                 function g(record) {{ return {look}; }}"
            );
            let program = sandbox.load("x.js", &source).unwrap();
            let arguments = [record.clone()];
            let before = text(program.call("g", &arguments, &context()));
            let left = program.call("f", &arguments, &context()).result;
            assert!(left.is_ok(), "{leave}: {left:?}");
            let after = text(program.call("g", &arguments, &context()));
            assert_eq!(before, after, "{strict} {leave}");
        }
    }
}

#[test]
fn undeclared_names_work_within_a_call() {
    let program = load("function f() { total = 0; for (i = 0; i < 3; i++) total += i; return total; }");
    for _ in 0..2 {
        assert_eq!(text(program.call("f", &[], &context())), "3");
    }
}

#[test]
fn code_is_never_made_from_text() {
    let program = load(
        "function f() {
            const tries = [
                () => eval('1'), () => (0, eval)('1'), () => Function('return this')(), () => new Function('return 1'),
                () => f.constructor('return this')(), () => (() => 1).constructor('return this')(),
                () => [].map.constructor('return this')(), () => sys.logs.info.constructor('return this')(),
                () => (function* () {}).constructor('yield 1'), () => Object.getPrototypeOf(f).constructor('1'),
                () => Reflect.construct(Function, ['return 1']), () => new (class extends Function {})('return 1'),
                () => Object.getPrototypeOf(Function), () => 0,
            ];
            return tries.map(each => { try { return typeof each(); } catch (e) { return e.name; } }).join(' ');
        }",
    );
    let refused = "TypeError";
    let expected = format!(
        "\"ReferenceError ReferenceError {} function number\"",
        [refused; 10].join(" ")
    );
    assert_eq!(text(program.call("f", &[], &context())), expected);
}

#[test]
fn own_properties_may_have_the_names_of_frozen_ones() {
    let program = load(
        "function f() {
            const made = {}; made.toString = () => 'mine'; made.constructor = 1; made.valueOf = () => 2;
            class Mine extends Error { constructor() { super('x'); this.name = 'Mine'; } }
            function Old() {} Old.prototype.toString = () => 'old';
            return [String(made), made.constructor, new Mine().name, String(new Old())];
        }",
    );
    assert_eq!(
        text(program.call("f", &[], &context())),
        r#"["mine",1,"Mine","old"]"#
    );
}
