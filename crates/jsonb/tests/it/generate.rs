//! Random JSON texts: valid, with unique keys, in every spelling the grammar allows.

use proptest::prelude::*;

/// Numbers at the edges of what is allowed and in unusual spellings.
const NUMBERS: [&str; 24] = [
    "0",
    "-0",
    "-0.0",
    "0.10",
    "1e2",
    "1E+2",
    "1e-2",
    "1E2",
    "0e0",
    "-1.5e+30",
    "9223372036854775807",
    "-9223372036854775808",
    "999999999999999999",
    "1000000000000000000",
    "1e308",
    "1.7976931348623157e308",
    "-1.7976931348623157E+308",
    "5e-324",
    "1e-400",
    "0.1e000309",
    "123456789012345678901234567890.5",
    "0.000000000000000000000000000000000001",
    "100000000000000000000.0",
    "3",
];

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&NUMBERS[..]).prop_map(str::to_owned),
        "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:?}")),
    ]
}

/// The spelling between the quotes.
fn characters() -> impl Strategy<Value = String> {
    let escape = prop::sample::select(vec![
        "\\\"",
        "\\\\",
        "\\/",
        "\\b",
        "\\f",
        "\\n",
        "\\r",
        "\\t",
        "\\u0001",
        "\\u0061",
        "\\u00E9",
        "\\uffff",
        "\\ud83d\\ude00",
        "\\uDBFF\\uDFFF",
        "\\u2028",
        "\\u0022",
    ]);
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9 '_$.{}\\[\\]:,]{0,12}",
        2 => any::<char>()
            .prop_filter("needs no escape", |c| *c >= ' ' && *c != '"' && *c != '\\')
            .prop_map(String::from),
        2 => escape.prop_map(str::to_owned),
        1 => ("[a-z\u{e9}\u{1f600}\u{7f}]", 1..400usize).prop_map(|(c, times)| c.repeat(times)),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![5 => Just(""), 1 => prop::sample::select(vec![" ", "\n", "\t \r\n", "  "])]
}

/// A JSON text whose keys are unique within each object.
pub(crate) fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["null", "true", "false", "[]", "{}", "[ ]", "{\n}"])
            .prop_map(str::to_owned),
        number(),
        characters().prop_map(|text| format!("\"{text}\"")),
    ];
    let spaced = (space(), leaf, space()).prop_map(|(before, leaf, after)| format!("{before}{leaf}{after}"));
    spaced.prop_recursive(8, 96, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(|items| format!("[{}]", items.join(","))),
            object(inner),
        ]
    })
}

/// An object whose fields come from `values`.
pub(crate) fn object(values: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let field = (space(), characters(), space(), values);
    prop::collection::vec(field, 0..8).prop_map(|fields| {
        let fields = fields.into_iter().enumerate();
        let spelled =
            fields.map(|(at, (before, key, after, value))| format!("{before}\"{key}{at}\"{after}:{value}"));
        format!("{{{}}}", spelled.collect::<Vec<_>>().join(","))
    })
}
