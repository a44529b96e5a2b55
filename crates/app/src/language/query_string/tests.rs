//! Query strings as clients send them, hostile ones, and that printing and reading again changes nothing.

use proptest::prelude::*;

use super::*;
use crate::{Literal, Operator};

fn filter(raw: &str) -> Condition {
    parse(raw)
        .unwrap_or_else(|error| panic!("{raw}: {error}"))
        .condition
}

fn is(path: &str, operator: Operator, values: &[&str]) -> Condition {
    let values = values
        .iter()
        .map(|value| Literal::Text((*value).to_owned()))
        .collect();
    Condition::Test {
        path: path.to_owned(),
        operator,
        values,
    }
}

#[test]
fn field_filters_are_read() {
    use Operator::*;
    let cases = [
        ("", Condition::And(vec![])),
        ("name=&type=", Condition::And(vec![])),
        ("name=Blogpad,Jazzy", is("name", Equals, &["Blogpad", "Jazzy"])),
        ("name=\"ACME, Inc\"", is("name", Equals, &["ACME, Inc"])),
        ("name=%22ACME,%20Inc%22", is("name", Equals, &["ACME, Inc"])),
        ("name=like%281%29", is("name", Like, &["1"])),
        ("addresses.state=CA", is("addresses.state", Equals, &["CA"])),
        (
            "a=1&a=greater(2)&_size=5",
            Condition::And(vec![is("a", Equals, &["1"]), is("a", Greater, &["2"])]),
        ),
        (
            r#"addresses={"street":"Street 123","zipCode":"1234"}"#,
            Condition::Element {
                path: "addresses".to_owned(),
                fields: vec![
                    ("street".to_owned(), Literal::Text("Street 123".to_owned())),
                    ("zipCode".to_owned(), Literal::Text("1234".to_owned())),
                ],
            },
        ),
    ];
    for (raw, wanted) in cases {
        assert_eq!(filter(raw), wanted, "{raw}");
    }
}

#[test]
fn complex_queries_are_read() {
    use Operator::*;
    let a = || is("a", Equals, &["1"]);
    let b = || is("b", Greater, &["100"]);
    let cases = [
        ("_query=filter('a','1')", a()),
        (
            "_query=or(filter('a','1'),filter('b','greater(100)'))",
            Condition::Or(vec![a(), b()]),
        ),
        (
            "_query= or( filter( 'a' , '1' ) , and(filter('a','1'),filter('b','greater(100)')) ) ",
            Condition::Or(vec![a(), Condition::And(vec![a(), b()])]),
        ),
        (
            r"_query=filter('a','it\'s \\ \d')",
            is("a", Equals, &[r"it's \ \d"]),
        ),
        ("_query=filter('a','x,y')", is("a", Equals, &["x", "y"])),
        ("_query=filter('a','')", is("a", Equals, &[""])),
        (
            "a=1&_query=filter('b','greater(100)')",
            Condition::And(vec![a(), b()]),
        ),
        (
            "_query=filter('a','1')&_query=filter('b','greater(100)')",
            Condition::And(vec![a(), b()]),
        ),
        ("_query=", Condition::And(vec![])),
    ];
    for (raw, wanted) in cases {
        assert_eq!(filter(raw), wanted, "{raw}");
    }
}

#[test]
fn system_parameters_are_read() {
    let none = parse("").expect("empty");
    assert_eq!(none.page_size(), Ok(20));
    assert_eq!(
        (none.offset, none.sort_field, none.ascending, none.fields),
        (None, None, false, None)
    );
    let all = "_size=1000&_offset=5&_sortField=a.b&_sortType=asc&_fields=id, name,&_format=plainText&_formatForUser=a@b.c\
        &_relationshipsToFetch=x,y&async=true&_lowPriority=false&_triggerEvents=true&_cascadeOperations=false\
        &_useFieldNames=true&_unknown=1&_offsetting=x";
    let all = parse(all).expect("known");
    assert_eq!(all.page_size(), Ok(1000));
    assert_eq!(all.offset, Some(Offset::Skip(5)));
    assert_eq!((all.sort_field.as_deref(), all.ascending), (Some("a.b"), true));
    assert_eq!(all.fields, Some(vec!["id".to_owned(), "name".to_owned()]));
    assert_eq!(all.relationships_to_fetch, ["x", "y"]);
    assert_eq!(
        (all.format, all.format_for_user.as_deref()),
        (Format::PlainText, Some("a@b.c"))
    );
    let flags = Flags {
        run_async: Some(true),
        low_priority: Some(false),
        trigger_events: Some(true),
        cascade_operations: Some(false),
        use_field_names: Some(true),
    };
    assert_eq!(all.flags, flags);
    let id = parse("_offset=585A0B0C0000000000000001&_fields=&_size=").expect("an id");
    assert_eq!(
        id.offset,
        Some(Offset::After("585a0b0c0000000000000001".to_owned()))
    );
    assert_eq!((id.fields, id.size), (None, None));
}

/// Query string, parameter, value, why.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("_size=abc", "_size", "abc", "whole number"),
    ("_size=-1", "_size", "-1", "whole number"),
    (
        "_size=99999999999999999999",
        "_size",
        "99999999999999999999",
        "whole number",
    ),
    ("_offset=1.5", "_offset", "1.5", "id of a record"),
    ("_sortType=up", "_sortType", "up", "`asc` or `desc`"),
    ("_format=xml", "_format", "xml", "`native` or `plainText`"),
    ("_async=yes", "_async", "yes", "`true` or `false`"),
    ("async=1", "async", "1", "`true` or `false`"),
    ("_globalSearch=x", "_globalSearch", "x", "not supported"),
    ("_indexedFilter=x", "_indexedFilter", "x", "not supported"),
    ("_size=1&_size=2", "_size", "2", "twice"),
    ("name=contains(x)", "name", "contains(x)", "no operator"),
    ("a={\"b\":", "a", "{\"b\":", "JSON"),
    ("a={\"b\":{}}", "a", "{\"b\":{}}", "plain value"),
    (
        "_query=xor(filter('a','1'))",
        "_query",
        "xor(filter('a','1'))",
        "expected `or(`",
    ),
    ("_query=or()", "_query", "or()", "expected `or(`"),
    (
        "_query=filter('a','1'",
        "_query",
        "filter('a','1'",
        "expected `)`",
    ),
    ("_query=filter('a)", "_query", "filter('a)", "not closed"),
    (
        "_query=filter('','1')",
        "_query",
        "filter('','1')",
        "name of a field",
    ),
    (
        "_query=filter(\"a\",'1')",
        "_query",
        "filter(\"a\",'1')",
        "expected `'`",
    ),
    (
        "_query=filter('a','1') x",
        "_query",
        "filter('a','1') x",
        "behind its end",
    ),
    (
        "_query=filter('a','greater()')",
        "_query",
        "filter('a','greater()')",
        "filter of `a`",
    ),
];

#[test]
fn refusals_name_parameter_and_value() {
    let deep = format!("_query={}filter('a','1'){}", "or(".repeat(100), ")".repeat(100));
    let many = format!("_query=or({}filter('a','1'))", "filter('a','1'),".repeat(5000));
    let large = [
        (deep.as_str(), "_query", "", "deeper than 32"),
        (many.as_str(), "_query", "", "more than 2000"),
    ];
    let cases = REFUSED.iter().copied().chain(large);
    for (raw, parameter, value, why) in cases {
        let error = parse(raw).expect_err(raw);
        assert!(
            error.parameter == parameter && error.why.contains(why),
            "{raw}: {error}"
        );
        assert!(value.is_empty() || error.value == value, "{raw}: {error}");
    }
    let large = parse("_size=1001")
        .expect("a number")
        .page_size()
        .expect_err("too large");
    assert!(
        large.to_string().contains("_size") && large.to_string().contains("1001"),
        "{large}"
    );
    assert!(
        large.why.contains("1000") && large.why.contains("_async"),
        "{large}"
    );
}

fn quoted(text: &str, quote: char) -> String {
    format!(
        "{quote}{}{quote}",
        text.replace('\\', r"\\").replace(quote, &format!("\\{quote}"))
    )
}

fn printed(condition: &Condition) -> String {
    let list = |conditions: &[Condition]| conditions.iter().map(printed).collect::<Vec<_>>().join(",");
    match condition {
        Condition::And(conditions) => format!("and({})", list(conditions)),
        Condition::Or(conditions) => format!("or({})", list(conditions)),
        Condition::Test {
            path,
            operator,
            values,
        } => {
            let (_, name) = Operator::ALL
                .iter()
                .find(|(known, _)| known == operator)
                .expect("named");
            let values: Vec<String> = values.iter().map(printed_literal).collect();
            let value = format!("{name}({})", values.join(","));
            format!("filter({},{})", quoted(path, '\''), quoted(&value, '\''))
        }
        Condition::Element { .. } => unreachable!("not made here"),
    }
}

fn printed_literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => quoted(text, '"'),
        Literal::CurrentUser(path) => format!("currentUser({path})"),
        Literal::Json(_) => unreachable!("not made here"),
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn a_test() -> impl Strategy<Value = Condition> {
    let literal = prop_oneof![
        3 => any::<String>().prop_map(Literal::Text),
        1 => "[a-z][a-z.]{0,8}".prop_map(Literal::CurrentUser),
    ];
    let operator = proptest::sample::select(Operator::ALL.map(|(operator, _)| operator).to_vec());
    (
        "[a-z][a-zA-Z.']{0,10}",
        operator,
        proptest::collection::vec(literal, 4),
    )
        .prop_map(|(path, operator, mut values)| {
            values.truncate(match operator {
                Operator::Empty | Operator::NotEmpty => 0,
                Operator::Between | Operator::Near => 2,
                Operator::Equals | Operator::NotEquals => 3,
                _ => 1,
            });
            Condition::Test {
                path,
                operator,
                values,
            }
        })
}

fn a_condition() -> impl Strategy<Value = Condition> {
    a_test().prop_recursive(4, 24, 4, |inner| {
        let list = proptest::collection::vec(inner, 1..4);
        prop_oneof![
            list.clone().prop_map(Condition::And),
            list.prop_map(Condition::Or)
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_again(condition in a_condition()) {
        let text = format!("_query={}", encoded(&printed(&condition)));
        prop_assert_eq!(parse(&text).map(|request| request.condition), Ok(condition));
    }

    #[test]
    fn no_input_panics(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&raw);
    }

    #[test]
    fn no_soup_panics(parts in proptest::collection::vec(proptest::sample::select(vec![
        "_query=", "or(", "and(", "filter(", "'", "\"", "\\", ",", ")", "(", "&", "=", "a", "{", "}", "%", "%2", "é", "+",
        "currentUser(", "equals(", "between(", "_size=", "_offset=", "name=", " ", "1", "/",
    ]), 0..60)) {
        let _ = parse(parts.concat());
        let _ = value::value(&parts.concat());
    }
}
