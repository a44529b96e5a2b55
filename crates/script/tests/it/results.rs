//! What functions may give, and what is said of what they throw.

use script::Kind;

use crate::support::{call_in, error, thrown, value};

#[test]
fn results_are_json() {
    for (expression, expected) in [
        ("undefined", "undefined"),
        ("null", "null"),
        ("'ü\\n'", "\"ü\\n\""),
        ("-0", "0"),
        ("1e300", "1e+300"),
        ("new Date(5)", "5"),
        (
            "{a: new Date(5), b: undefined, c: () => 1, d: [undefined, () => 1], e: Symbol('x')}",
            r#"{"a":5,"d":[null,null]}"#,
        ),
        ("{toJSON() { return {x: 1}; }}", r#"{"x":1}"#),
        (
            "[new String('a'), new Number(1), new Boolean(false)]",
            r#"["a",1,false]"#,
        ),
        ("record.field('name')", r#""Blogpad""#),
        (
            "[record.field('notes'), record.field('tags')]",
            r#"[null,["red","blue"]]"#,
        ),
        ("record.field('lastMeeting')", "1464584157316"),
        ("Object.keys(record)", "[]"),
        ("{['__proto__']: 1}", r#"{"__proto__":1}"#),
        ("{get a() { return 1; }}", r#"{"a":1}"#),
        ("(function () { return arguments.length; })(1, 2)", "2"),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for (expression, part) in [
        ("NaN", "NaN is not a JSON value"),
        ("[1 / 0]", "Infinity is not a JSON value"),
        ("new Date(NaN)", "NaN is not a JSON value"),
        ("1n", "a BigInt is not a JSON value"),
        ("() => 1", "a function is not a JSON value"),
        ("(() => { const a = {}; a.a = a; return a; })()", "within itself"),
        ("'\\ud800'", "half of a surrogate pair"),
        ("'\\0'", "U+0000"),
        ("1e20", "out of range"),
    ] {
        let error = error(&format!("return {expression};"));
        assert_eq!(error.kind, Kind::Result, "{expression}: {error}");
        assert!(error.message.contains(part), "{expression}: {error}");
    }
}

#[test]
fn thrown_things_are_told_with_their_line() {
    for (body, message, code) in [
        ("throw new Error('no')", "Error: no", None),
        ("null.x", "TypeError: cannot read property 'x' of null", None),
        ("nope()", "ReferenceError: nope is not defined", None),
        ("throw 'text'", "text", None),
        ("throw undefined", "undefined", None),
        ("throw {code: 'c', message: 'm'}", "m", Some("c")),
        ("throw {a: 1}", r#"{"a":1}"#, None),
        (
            "const e = new Error(); e.name = 'Mine'; e.message = 'own'; throw e",
            "Mine: own",
            None,
        ),
        (
            "throw {get message() { throw 1; }}",
            "an error that cannot be described",
            None,
        ),
        (
            "throw {message: {toString() { throw 1; }}}",
            "an error that cannot be described",
            None,
        ),
    ] {
        let error = error(body);
        assert_eq!(
            (error.message.as_str(), error.kind),
            (message, thrown(code)),
            "{body}"
        );
    }
    // The interpreter throws the same when there is no memory left for an error.
    assert_eq!(error("throw null").kind, Kind::Memory);
    let error = call_in("\n\nfunction g() {\n  throw new Error('deep');\n}\nfunction f() { g(); }")
        .result
        .unwrap_err();
    assert_eq!(error.to_string(), "entities/companies.js:4: Error: deep");
    let error = call_in("function f(record) {\n  return record.field('nope');\n}")
        .result
        .unwrap_err();
    assert_eq!(error.line, Some(2));
}
