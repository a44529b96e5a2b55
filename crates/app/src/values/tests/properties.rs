//! What holds of all input: no panic, kept values read as themselves, cells come back.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::Literal;
use crate::values::{
    from_csv, native, operand, plain_text, read, read_file, read_over, read_reference, to_csv,
};

/// JSON text of any shape, with the keys and forms that types look at.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        "-?(0|[1-9][0-9]{0,25})\\.[0-9]{1,25}(e-?[0-9]{1,2})?",
        text().prop_map(|text| quoted(&text)),
    ];
    let key = prop_oneof![
        Just("id"),
        Just("label"),
        Just("name"),
        Just("options"),
        Just("selectedValue"),
        Just("latitude"),
        Just("longitude"),
        Just("contentType"),
        Just("content"),
        Just("x"),
    ];
    leaf.prop_recursive(3, 20, 4, move |inner| {
        let object = proptest::collection::btree_map(key.clone(), inner.clone(), 0..4).prop_map(|entries| {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("\"{key}\":{value}"))
                .collect();
            format!("{{{}}}", entries.join(","))
        });
        let array = proptest::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(",")));
        prop_oneof![object, array]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9:. +-]{0,18}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?",
        "[0-9]{0,3}[dhms] ?[0-9.]{0,5}[dhms]",
        "\\(?[0-9.,-]{0,10}\\)?",
        "[0-9]{3}-?[a-zäß]{3}",
        "(http://|mailto:|\\(http://x\\)<)?[a-z@.>]{0,10}",
        "#[0-9a-g]{5,7}",
        "\\PC{0,30}",
        Just("toDo".to_owned()),
    ]
}

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    jsonb::escape_into(&mut out, text);
    String::from_utf8(out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn nothing_panics_and_what_is_kept_reads_as_itself(input in any_json(), other in any_json()) {
        let (input, other) = (json(&input), json(&other));
        let zone = TimeZone::UTC;
        for kind in every_type() {
            let field = field(kind);
            let _ = read_reference(&field, input.root());
            let _ = read_file(&field, input.root());
            let _ = read_over(&field, input.root(), other.root());
            let _ = operand(&field, &Literal::Json(input.clone()), &zone);
            // Whatever lies in the database is shown.
            plain_text(&field, other.root(), &zone).unwrap();
            to_csv(&field, other.root()).unwrap();
            let Ok(Some(scalar)) = read(&field, input.root()) else { continue };
            let mut out = Vec::new();
            native(&field, scalar.stored.root(), &mut out).unwrap();
            let again = read(&field, json(std::str::from_utf8(&out).unwrap()).root());
            prop_assert_eq!(again, Ok(Some(scalar)), "{:?}", field.kind);
        }
    }

    #[test]
    fn kept_phone_numbers_read_as_themselves(
        number in "[+]?[0-9() -]{3,20}",
        prefix in proptest::option::of("[+]?[0-9]{0,4}"),
        international: bool,
    ) {
        let field = field(FieldType::Phone(PhoneRules { international, default_prefix: prefix }));
        if let Ok(Some(kept)) = read(&field, json(&quoted(&number)).root()) {
            prop_assert_eq!(read(&field, kept.stored.root()), Ok(Some(kept)));
        }
    }

    #[test]
    fn cells_come_back(cell in text()) {
        for kind in every_type() {
            let field = field(kind);
            let Ok(Some(scalar)) = from_csv(&field, &cell) else { continue };
            let written = to_csv(&field, scalar.stored.root()).unwrap();
            prop_assert_eq!(from_csv(&field, &written), Ok(Some(scalar)), "{:?}", field.kind);
        }
    }

    #[test]
    fn values_go_to_cells_and_back(input in any_json()) {
        for kind in every_type() {
            if matches!(kind, FieldType::DynamicChoice(_) | FieldType::AutoIncrement { .. }
                | FieldType::RecordCreated | FieldType::RecordModified) {
                continue;
            }
            let field = field(kind);
            let Ok(Some(scalar)) = read(&field, json(&input).root()) else { continue };
            let written = to_csv(&field, scalar.stored.root()).unwrap();
            let back = from_csv(&field, &written).unwrap().unwrap();
            let same = match &field.kind {
                // The percentage may be spelled anew.
                FieldType::Percentage(_) => to_csv(&field, back.stored.root()).unwrap() == written,
                _ => back == scalar,
            };
            prop_assert!(same, "{:?}: {:?} {:?}", field.kind, scalar, back);
        }
    }

    #[test]
    fn any_text_may_be_an_operand(literal in text()) {
        for kind in every_type() {
            let _ = operand(&field(kind), &Literal::Text(literal.clone()), &TimeZone::UTC);
        }
    }
}
