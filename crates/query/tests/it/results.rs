//! Sorting and projecting.

use std::cmp::Ordering;

use jsonb::Jsonb;
use query::{Direction, Limits, Projection, Refusal, Sort, fields};

use super::body;

/// The documents, which are given in their right order, compared each with each.
fn sorted(sort: &str, documents: &[&str]) {
    let sort = Sort::parse(&body(sort).root(), &Limits::default()).unwrap();
    let bodies: Vec<Jsonb> = documents.iter().map(|text| body(text)).collect();
    for (at, left) in bodies.iter().enumerate() {
        for (other, right) in bodies.iter().enumerate() {
            let left = sort.key(left.root()).unwrap().into_owned().unwrap();
            let found = sort.compare(&left, &sort.key(right.root()).unwrap());
            assert_eq!(found, at.cmp(&other), "{} {}", documents[at], documents[other]);
        }
    }
}

#[test]
fn sorts() {
    sorted(
        r#"{"a":1}"#,
        &[
            r#"{"a":[]}"#,
            "{}",
            r#"{"a":[5,1]}"#,
            r#"{"a":2}"#,
            r#"{"a":"x"}"#,
            r#"{"a":{}}"#,
        ],
    );
    sorted(
        r#"{"a":-1}"#,
        &[
            r#"{"a":"x"}"#,
            r#"{"a":[5,1]}"#,
            r#"{"a":2}"#,
            r#"{"a":null}"#,
            r#"{"a":[]}"#,
        ],
    );
    sorted(
        r#"{"a":1,"b":-1.0}"#,
        &[r#"{"a":1,"b":2}"#, r#"{"a":1,"b":1}"#, r#"{"b":9,"a":2}"#],
    );
    sorted(
        r#"{"a.b":1}"#,
        &[
            r#"{"a":[{"b":3},{}]}"#,
            r#"{"a":[{"b":3},{"b":1}]}"#,
            r#"{"a":{"b":2}}"#,
        ],
    );
    sorted(
        r#"{"a.1":1}"#,
        &[
            r#"{"a":[9]}"#,
            r#"{"a":[9,1]}"#,
            r#"{"a":[0,2]}"#,
            r#"{"a":{"1":3}}"#,
        ],
    );
    sorted(
        r#"{"t":1}"#,
        &[
            r#"{"t":{"$date":-5,"$zone":null,"$offset":null}}"#,
            r#"{"t":{"$date":7,"$zone":"UTC","$offset":null}}"#,
        ],
    );
}

#[test]
fn what_sorts_alike() {
    let sort = Sort::by([("a.b".to_owned(), Direction::Ascending)], &Limits::default()).unwrap();
    let nothing: Vec<Jsonb> = [
        "{}",
        r#"{"a":[]}"#,
        r#"{"a":[1]}"#,
        r#"{"a":{"b":null}}"#,
        r#"{"a":{"$oid":"0123456789abcdef01234567"}}"#,
    ]
    .map(body)
    .into();
    for left in &nothing {
        for right in &nothing {
            let order = sort.compare(&sort.key(left.root()).unwrap(), &sort.key(right.root()).unwrap());
            assert_eq!(order, Ordering::Equal, "{left:?} {right:?}");
        }
    }
}

#[test]
fn sorts_that_are_refused() {
    for (text, at) in [
        ("[]", ""),
        (r#"{"a":2}"#, "a"),
        (r#"{"a":{"$meta":"textScore"}}"#, "a"),
        (r#"{"a..b":1}"#, "a..b"),
        (r#"{"a":"asc"}"#, "a"),
    ] {
        assert_eq!(
            Sort::parse(&body(text).root(), &Limits::default())
                .unwrap_err()
                .at,
            at,
            "{text}"
        );
    }
    let many: Vec<String> = (0..40).map(|at| format!(r#""f{at}":1"#)).collect();
    let refusal = Sort::parse(
        &body(&format!("{{{}}}", many.join(","))).root(),
        &Limits::default(),
    )
    .unwrap_err();
    assert!(refusal.why.contains("at most 32 paths"), "{refusal}");
}

fn projected(projection: &str, document: &str) -> Result<String, Refusal> {
    let projection = Projection::parse(&body(projection).root(), &Limits::default())?;
    Ok(projection.apply(body(document).root())?.to_text().unwrap())
}

const DOCUMENT: &str = r#"{"_id":1,"a":{"x":1.50,"y":[1]},"b":[{"x":1,"y":2},3,[{"x":4}]],"c":null,"d":{"$oid":"0123456789abcdef01234567"}}"#;

#[test]
fn projections() {
    for (projection, expected) in [
        ("{}", DOCUMENT),
        (r#"{"c":1}"#, r#"{"_id":1,"c":null}"#),
        (r#"{"a.x":true,"_id":0}"#, r#"{"a":{"x":1.50}}"#),
        (r#"{"c":1,"a.y":1,"_id":false}"#, r#"{"a":{"y":[1]},"c":null}"#),
        (r#"{"b.x":1,"_id":0}"#, r#"{"b":[{"x":1},[{"x":4}]]}"#),
        (r#"{"c.x":1,"_id":0}"#, "{}"),
        (r#"{"d.$oid":1,"_id":0}"#, "{}"),
        (r#"{"_id":1}"#, r#"{"_id":1}"#),
        (r#"{"_id":0}"#, &DOCUMENT.replace(r#""_id":1,"#, "")),
        (r#"{"a":0,"b":0,"d":0}"#, r#"{"_id":1,"c":null}"#),
        (
            r#"{"a":0,"b.x":0,"d":0,"_id":0}"#,
            r#"{"b":[{"y":2},3,[{}]],"c":null}"#,
        ),
        (r#"{"a":0,"b":0,"d":0,"_id":1}"#, r#"{"_id":1,"c":null}"#),
        (
            r#"{"a":0,"b":0,"c.x":0,"d.x":0}"#,
            r#"{"_id":1,"c":null,"d":{"$oid":"0123456789abcdef01234567"}}"#,
        ),
    ] {
        assert_eq!(projected(projection, DOCUMENT).unwrap(), expected, "{projection}");
    }
    for (projection, why) in [
        (r#"{"a":1,"b":0}"#, "not both"),
        (r#"{"a":1,"a.b":1}"#, "collides"),
        (r#"{"a.b":1,"a":1}"#, "collides"),
        (r#"{"a":"$b"}"#, "kept with 1"),
        (r#"{"a":{"$slice":1}}"#, "kept with 1"),
        (r#"{"":1}"#, "empty step"),
    ] {
        let refusal = projected(projection, DOCUMENT).unwrap_err();
        assert!(refusal.why.contains(why), "{projection}: {refusal}");
    }
}

#[test]
fn lists_of_fields() {
    let limits = Limits::default();
    let given = |paths: &[&str]| {
        fields(paths, &limits)
            .unwrap()
            .apply(body(DOCUMENT).root())
            .unwrap()
            .to_text()
            .unwrap()
    };
    assert_eq!(given(&["a.x", "a", "c"]), r#"{"a":{"x":1.50,"y":[1]},"c":null}"#);
    assert_eq!(given(&["a", "a.x"]), r#"{"a":{"x":1.50,"y":[1]}}"#);
    assert_eq!(
        given(&["a.x", "a.y", "a.x", "zzz"]),
        r#"{"a":{"x":1.50,"y":[1]}}"#
    );
    assert_eq!(given(&[]), "{}");
    assert!(fields(&["a..b"], &limits).is_err());
}
