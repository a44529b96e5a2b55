//! Functions of an entity: what they give, and what becomes of their errors.

use serde_json::json;

use crate::support::{Bed, faults};

const ENTITY: &str = r#"
name: companies
label: Companies
recordLabel: js/label
fields:
  - {name: name, label: Name, type: text, required: always}
  - {name: kind, label: Kind, type: text, defaultValue: js/kind}
  - {name: size, label: Size, type: integer, validation: js/checkSize}
  - {name: reason, label: Reason, type: text, required: js/needsReason}
  - {name: double, label: Double, type: integer, valueCalculation: js/double}
  - {name: quadruple, label: Quadruple, type: integer, valueCalculation: js/quadruple}
  - name: parts
    label: Parts
    type: nestedFields
    multiplicity: many
    typeRules: {recordLabel: js/partLabel}
    nestedFields:
      - {name: city, label: City, type: text}
validations: js/check
"#;

const FUNCTIONS: &str = r#"
function label(record) { return record.field('name').val() + '!' + (record.field('parts').size() || ''); }
function kind(record) { return 'of ' + record.field('name').val(); }
function checkSize(record, parent, field) { if (field.val() > 10) return {code: 'tooBig', message: 'Too big: ' + field.val()}; }
function needsReason(record) { return record.field('size').val() === 0; }
function quadruple(record) { return record.field('double').val() * 2; }
function double(record) { return record.field('size').val() * 2; }
function partLabel(record, part) { return 'in ' + part.field('city').val(); }
function check(record) {
  if (record.field('name').val() === 'throws') sys.exceptions.throwException('invalidState', 'not now');
  if (record.field('name').val() === 'breaks') nothing.at.all();
  return record.field('name').val() === 'bad' ? [{path: 'parts[0].city', code: 'odd', message: 'Odd'}] : [];
}
"#;

async fn bed() -> Bed {
    Bed::of(&[
        ("entities/companies.yaml", ENTITY),
        ("entities/companies.js", FUNCTIONS),
    ])
    .await
}

#[tokio::test]
async fn functions_make_labels_defaults_and_values() {
    let bed = bed().await;
    let made = bed
        .create(r#"{"name":"A","size":2,"double":99,"parts":[{"city":"X"},{"city":"Y"}]}"#)
        .await
        .unwrap();
    assert_eq!((&made["label"], &made["kind"]), (&json!("A!2"), &json!("of A")));
    assert_eq!((&made["double"], &made["quadruple"]), (&json!(4), &json!(8)));
    assert_eq!(
        (&made["parts"][0]["label"], &made["parts"][1]["label"]),
        (&json!("in X"), &json!("in Y"))
    );
    let id = made["id"].as_str().unwrap();
    let changed = bed
        .update(id, r#"{"size":3,"parts":null,"kind":null}"#)
        .await
        .unwrap();
    assert_eq!(
        (&changed["quadruple"], &changed["label"]),
        (&json!(12), &json!("A!"))
    );
    assert!(changed.get("kind").is_none());
}

#[tokio::test]
async fn functions_find_faults_with_their_own_codes() {
    let bed = bed().await;
    let told = faults(
        bed.create(r#"{"name":"bad","size":11,"parts":[{"city":"X"}]}"#)
            .await,
    );
    let told: Vec<_> = told
        .iter()
        .map(|(field, code, _)| (field.as_str(), code.as_str()))
        .collect();
    assert_eq!(told, [("size", "tooBig"), ("parts[0].city", "odd")]);
    assert_eq!(
        faults(bed.create(r#"{"name":"a","size":0}"#).await)[0].1,
        "required"
    );
    let thrown = bed.create(r#"{"name":"throws"}"#).await.unwrap_err();
    assert_eq!(
        (thrown.message(), &*thrown.what_was_thrown().unwrap().code),
        ("not now", "invalidState")
    );
    let broken = bed.create(r#"{"name":"breaks"}"#).await.unwrap_err();
    assert_eq!(&*broken.what_was_thrown().unwrap().code, "javascriptException");
    assert!(
        broken.message().starts_with("entities/companies.js:11: "),
        "{}",
        broken.message()
    );
}
