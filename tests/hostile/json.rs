//! Bodies that are no JSON, or JSON that cannot be stored: `bad-json`, 400, with what and where.

use super::answer::Form;
use super::row::{CREATE_USER, Call, Row, UPDATE};

/// Texts that break the grammar, and what the refusal says of them beside the place.
fn broken() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let utf16: Vec<u8> = "\u{feff}{\"F_1\":\"1\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        ("an open object", text("{"), ""),
        ("an unclosed object", text(r#"{"F_1":"1""#), ""),
        ("an unclosed string", text(r#"{"F_1":"1}"#), ""),
        ("an unclosed array", text("[1,2"), ""),
        ("a comma before the end", text(r#"{"F_1":"1",}"#), ""),
        ("a comma before the end of an array", text("[1,]"), ""),
        ("a lone comma", text("{,}"), ""),
        ("a missing comma", text(r#"{"F_1":"1" "F_2":"2"}"#), ""),
        ("a missing colon", text(r#"{"F_1" "1"}"#), ""),
        ("a missing value", text(r#"{"F_1":}"#), ""),
        ("single quotes", text("{'F_1':'1'}"), ""),
        ("a bare key", text("{F_1:\"1\"}"), ""),
        ("a number as key", text("{1:2}"), ""),
        (
            "a second value",
            text(r#"{"F_1":"1"} {"F_1":"2"}"#),
            "unexpected data after",
        ),
        (
            "a brace too many",
            text(r#"{"F_1":"1"}}"#),
            "unexpected data after",
        ),
        ("a mismatched bracket", text(r#"{"F_1":["1"}]"#), ""),
        ("a block comment", text(r#"{/*x*/"F_1":"1"}"#), ""),
        ("a line comment", text("{\"F_1\":\"1\"}//x"), ""),
        ("a capital True", text(r#"{"F_1":True}"#), ""),
        ("half a literal", text(r#"{"F_1":tru}"#), ""),
        ("undefined", text(r#"{"F_1":undefined}"#), ""),
        ("NaN", text(r#"{"F_1":NaN}"#), ""),
        ("Infinity", text(r#"{"F_1":-Infinity}"#), ""),
        ("a leading zero", text(r#"{"F_1":01}"#), ""),
        ("a leading plus", text(r#"{"F_1":+1}"#), ""),
        ("a lone minus", text(r#"{"F_1":-}"#), ""),
        ("a leading point", text(r#"{"F_1":.5}"#), ""),
        ("a trailing point", text(r#"{"F_1":1.}"#), ""),
        ("half an exponent", text(r#"{"F_1":1e}"#), ""),
        ("a hex number", text(r#"{"F_1":0x10}"#), ""),
        ("a bad escape", text(r#"{"F_1":"\x41"}"#), ""),
        ("a short escape", text(r#"{"F_1":"\u12"}"#), ""),
        ("a line break in a string", text("{\"F_1\":\"a\nb\"}"), ""),
        ("a NUL in a string", text("{\"F_1\":\"a\0b\"}"), ""),
        ("a NUL behind the value", text("{\"F_1\":\"1\"}\0"), ""),
        ("only NULs", vec![0; 1000], ""),
        (
            "a byte that is no UTF-8",
            b"{\"F_1\":\"\xff\"}".to_vec(),
            "not valid utf-8",
        ),
        (
            "an overlong slash",
            b"{\"F_1\":\"\xc0\xaf\"}".to_vec(),
            "not valid utf-8",
        ),
        (
            "a surrogate in UTF-8",
            b"{\"F_1\":\"\xed\xa0\x80\"}".to_vec(),
            "not valid utf-8",
        ),
        (
            "half a character",
            b"{\"F_1\":\"\xe2\x82\"}".to_vec(),
            "not valid utf-8",
        ),
        (
            "a byte order mark",
            text("\u{feff}{\"F_1\":\"1\"}"),
            "byte order mark",
        ),
        ("UTF-16", utf16, "utf-16"),
        (
            "a key twice",
            text(r#"{"F_1":"1","F_1":"2"}"#),
            r#"duplicate key "F_1""#,
        ),
        (
            "a key twice, once escaped",
            text(r#"{"F_1":"1","\u0046_1":"2"}"#),
            r#"duplicate key "F_1""#,
        ),
        (
            "a key twice further in",
            text(r#"{"F_1":{"a":1,"a":1}}"#),
            r#"duplicate key "a""#,
        ),
        ("an escaped NUL", text(r#"{"F_1":"a\u0000"}"#), "U+0000"),
        ("an escaped NUL in a key", text(r#"{"a\u0000":"1"}"#), "U+0000"),
        (
            "a lone high surrogate",
            text(r#"{"F_1":"\ud800"}"#),
            "half of a surrogate pair",
        ),
        (
            "a lone low surrogate",
            text(r#"{"F_1":"\udc00x"}"#),
            "half of a surrogate pair",
        ),
        (
            "a reversed pair",
            text(r#"{"F_1":"\udc00\ud800"}"#),
            "half of a surrogate pair",
        ),
        (
            "an integer of 65 bits",
            text(r#"{"F_1":9223372036854775808}"#),
            "9223372036854775808",
        ),
        (
            "a long integer",
            text(r#"{"F_1":-123456789012345678901234567890}"#),
            "out of range",
        ),
        (
            "a float beyond a double",
            text(r#"{"F_1":1e400}"#),
            "number 1e400 is out of range",
        ),
        (
            "a float far beyond",
            text(r#"{"F_1":-1e99999999999}"#),
            "out of range",
        ),
        ("65 levels", nested(65), "nested deeper than 64 levels"),
        ("10,000 levels", nested(10_000), "nested deeper than 64 levels"),
        (
            "500,000 levels that never close",
            vec![b'['; 500_000],
            "nested deeper than 64 levels",
        ),
        (
            "10,000 objects",
            r#"{"a":"#.repeat(10_000).into_bytes(),
            "nested deeper than 64 levels",
        ),
        ("CSV", text("F_1;F_3\r\n1;code\r\n"), ""),
        (
            "XML",
            text("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"),
            "",
        ),
        ("a form", text("F_1=1&F_3=code"), ""),
        ("YAML", text("F_1: 1\nF_3: code\n"), ""),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), ""),
    ]
}

fn nested(levels: usize) -> Vec<u8> {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels)).into_bytes()
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, text, says) in broken() {
        let says = if says.is_empty() { "at line " } else { says };
        let update = Call::user("POST", UPDATE).json(text.clone());
        rows.push(
            update
                .refused(format!("{name} to update"), 400, Form::Article)
                .says(says),
        );
        let create = Call::admin("POST", CREATE_USER).json(text);
        rows.push(
            create
                .refused(format!("{name} to create-user"), 400, Form::Admin)
                .says(says),
        );
    }
    for (name, text) in [("nothing", ""), ("blanks", " \r\n\t ")] {
        let update = Call::user("POST", UPDATE).json(text);
        rows.push(update.refused(name, 400, Form::Article).says("the body is empty"));
    }
    rows.extend(oversized());
    rows
}

fn oversized() -> Vec<Row> {
    let ten = "x".repeat(10 << 20);
    let text = format!(r#"{{"F_1":"100","F_3":"{ten}"}}"#);
    let many: String = (0..80_000).map(|n| format!(r#","k{n}":1"#)).collect();
    vec![
        Call::user("POST", UPDATE)
            .json(text.clone())
            .refused("a string of 10 MB", 413, Form::Article)
            .says("1048576"),
        Call::admin("POST", CREATE_USER)
            .json(text)
            .refused("a user of 10 MB", 413, Form::Admin)
            .says("1048576"),
        Call::user("POST", UPDATE)
            .json(vec![b' '; (1 << 20) + 1])
            .refused("one byte too many", 413, Form::Article)
            .says("1048576"),
        Call::user("POST", UPDATE)
            .json(format!(r#"{{"F_1":"100"{many}}}"#))
            .refused("80,000 keys", 422, Form::Article)
            .says("k0"),
    ]
}
