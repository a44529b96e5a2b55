//! Edits and builders, against SQLite's `json_set` and `json_remove` and against text parsed anew.

use std::borrow::Cow;

use jsonb::{Jsonb, Limits, Value, array, merge_fields, object, remove_field, set_field};
use proptest::prelude::*;
use rusqlite::types::Value as Sql;
use serde_json::Value as Json;

use crate::generate;
use crate::oracle::Sqlite;

fn parse(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// Keys, unescaped, and the stored bytes of their values.
fn fields(body: &Jsonb) -> Vec<(String, Vec<u8>)> {
    let field = |(key, value): (Cow<'_, str>, Value<'_>)| (key.into_owned(), value.as_bytes().to_vec());
    body.root().entries().map(|entry| field(entry.unwrap())).collect()
}

/// A key of `body`, or one it does not have.
fn some_key(body: &Jsonb, index: prop::sample::Index) -> String {
    let mut keys: Vec<String> = fields(body).into_iter().map(|field| field.0).collect();
    keys.push("new \"key\"\n\u{e9}".to_owned());
    keys.swap_remove(index.index(keys.len()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn set_and_remove(
        text in generate::object(generate::json()), value in generate::json(), index in any::<prop::sample::Index>(),
    ) {
        let (body, value) = (parse(&text), parse(&value));
        let key = some_key(&body, index);
        let mut expected = fields(&body);
        match expected.iter_mut().find(|field| field.0 == key) {
            Some(field) => field.1 = value.as_bytes().to_vec(),
            None => expected.push((key.clone(), value.as_bytes().to_vec())),
        }
        let set = set_field(&body, &key, value.root()).unwrap();
        assert_eq!(fields(&set), expected);
        assert_eq!(parse(&set.to_text().unwrap()), set, "shortest headers");

        expected.retain(|field| field.0 != key);
        let removed = remove_field(&set, &key).unwrap();
        assert_eq!(fields(&removed), expected);
        // Untouched bytes stay as they are, the spelling of keys included.
        match body.root().get(&key).unwrap() {
            Some(old) => assert_eq!(set_field(&set, &key, old).unwrap(), body),
            None => assert!(removed == body && remove_field(&body, &key).unwrap() == body),
        }
    }

    /// Keys that a JSON path can name without doubt: there SQLite is asked.
    #[test]
    fn set_and_remove_as_sqlite(
        fields in prop::collection::btree_map("[a-z]{1,3}", generate::json(), 0..6), key in "[a-z]{1,2}",
        value in generate::json(),
    ) {
        let fields = fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect::<Vec<_>>();
        let text = format!("{{{}}}", fields.join(","));
        let sqlite = Sqlite::new();
        let (path, body) = (Sql::from(format!("$.{key}")), parse(&text));
        let set = sqlite.edit("SELECT json_set(?, ?, json(?))", vec![text.clone().into(), path.clone(), value.clone().into()]);
        assert_eq!(set_field(&body, &key, parse(&value).root()).unwrap().to_text().unwrap(), set);
        let removed = sqlite.edit("SELECT json_remove(?, ?)", vec![text.into(), path]);
        assert_eq!(remove_field(&body, &key).unwrap().to_text().unwrap(), removed);
    }

    #[test]
    fn merging(
        base in generate::object(generate::json()), patch in generate::object(generate::json()),
        shared in prop::collection::vec(any::<prop::sample::Index>(), 0..4), value in generate::json(),
    ) {
        let (base, mut patch) = (parse(&base), parse(&patch));
        for index in shared {
            patch = set_field(&patch, &some_key(&base, index), parse(&value).root()).unwrap();
        }
        let merged = merge_fields(base.root(), patch.root()).unwrap();
        let mut one_by_one = base;
        for entry in patch.root().entries() {
            let (key, value) = entry.unwrap();
            one_by_one = set_field(&one_by_one, &key, value).unwrap();
        }
        assert_eq!(fields(&merged), fields(&one_by_one));
        assert_eq!(merged, parse(&merged.to_text().unwrap()));
    }

    #[test]
    fn builders_hold_any_text(key in any::<String>(), text in any::<String>(), int: i64, float: f64, flag: bool) {
        let key = format!("k{key}");
        let inner = array().item_str(&text).item_i64(int).item_bool(flag).item_null().finish();
        let body = object().field_str(&key, &text).field_f64("number", float).field_body("inner", &inner).finish();
        let json: Json = serde_json::from_str(&body.to_text().unwrap()).unwrap();
        assert_eq!(json["inner"], Json::Array(vec![text.clone().into(), int.into(), flag.into(), Json::Null]));
        assert_eq!(json[&key], Json::from(text));
        let number = body.root().get("number").unwrap().unwrap().as_f64().unwrap();
        assert_eq!(number.map(f64::to_bits), float.is_finite().then_some(float.to_bits()));
        // Built bytes are those that SQLite makes of the printed text.
        assert_eq!(Sqlite::new().jsonb(&body.to_text().unwrap()).as_deref(), Some(body.as_bytes()));
    }
}

#[test]
fn merging_keeps_places_and_appends_in_the_patch_order() {
    let base = parse(r#"{"b":1,"a":2,"\u0063":3}"#);
    let patch = parse(r#"{"z":9,"c":{"n":0},"y":8,"b":null}"#);
    let merged = merge_fields(base.root(), patch.root()).unwrap();
    assert_eq!(
        merged.to_text().unwrap(),
        r#"{"b":null,"a":2,"\u0063":{"n":0},"z":9,"y":8}"#
    );
}

#[test]
fn only_objects_have_fields() {
    for text in ["[1]", "1", "\"a\"", "null"] {
        let (body, empty) = (parse(text), object().finish());
        assert_eq!(
            set_field(&body, "a", empty.root()).unwrap_err().what,
            "expected an object"
        );
        assert_eq!(remove_field(&body, "a").unwrap_err().what, "expected an object");
        assert!(
            merge_fields(body.root(), empty.root()).is_err()
                && merge_fields(empty.root(), body.root()).is_err()
        );
    }
}

#[test]
fn an_edit_moves_the_header_over_every_size() {
    let value = parse("1");
    let mut body = object().finish();
    for at in 0..2000 {
        body = set_field(
            &body,
            &format!("a key that is rather long {at:020}"),
            value.root(),
        )
        .unwrap();
        if at % 100 == 0 || at < 40 {
            assert_eq!(parse(&body.to_text().unwrap()), body);
        }
    }
    assert_eq!(body.root().len().unwrap(), 2000);
}
