//! What becomes of a body: what is stored, what is refused, and that all of it is told at once.

use serde_json::json;

use crate::support::{Bed, code, faults};

#[tokio::test]
async fn a_record_is_answered_as_it_is_stored_with_its_entity() {
    let bed = Bed::new().await;
    let sent = r#"{"name":"Acme","type":"a","employees":7,"contact":{"email":"a@b.co","phone":"1 702 845 9380"},
        "addresses":[{"city":"Here","zip":"12345"},{"city":"There"}],"taxId":"862-SKB","rating":"2.80","tags":["x","y"],
        "owner":"seller@example.com","team":"sales","id":"x","label":"y","version":null,"entity":{},"link":"z"}"#;
    let mut made = bed.create(sent).await.unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(bed.read(&bed.developer, &id).await.unwrap(), made);
    assert!(model::is_record_id(&id) && id.starts_with("574bc7dd"), "{id}");
    let ids: Vec<_> = ["contact", "owner", "team"]
        .map(|key| made[key]["id"].take())
        .into();
    assert!(
        ids.iter().all(|id| id.as_str().is_some_and(model::is_record_id)),
        "{ids:?}"
    );
    for address in made["addresses"].as_array_mut().unwrap() {
        assert!(model::is_record_id(address["id"].take().as_str().unwrap()));
    }
    assert_eq!(
        made,
        json!({
            "id": id, "version": 0, "label": "Acme", "entity": {"id": "555555555555555555555555", "name": "companies"},
            "name": "Acme", "state": "pending", "type": "a", "employees": 7, "isCustomer": false,
            "contact": {"id": null, "label": "Contact", "email": "a@b.co", "phone": made["contact"]["phone"]},
            "addresses": [{"id": null, "label": "Here", "city": "Here", "zip": "12345"},
                {"id": null, "label": "There", "city": "There"}],
            "taxId": "862-SKB", "rating": made["rating"], "tags": ["x", "y"], "number": 100,
            "made": 1_464_584_157_316_i64, "touched": 1_464_584_157_316_i64,
            "owner": {"id": null, "label": "seller@example.com"}, "team": {"id": null, "label": "Sales people"},
        })
    );
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let bed = Bed::new().await;
    bed.company("Taken", r#","taxId":"111AAA""#).await;
    let sent = r#"{"employees":-1,"colour":"red","contact":{"email":"nobody","fax":1},"addresses":[{"zip":"1"},5],
        "state":"gone","tags":"x","isCustomer":"maybe","parent":"nowhere","team":{"label":"nobody"},"taxId":"111-AAA"}"#;
    let told: Vec<_> = faults(bed.create(sent).await)
        .into_iter()
        .map(|(field, code, _)| format!("{field} {code}"))
        .collect();
    assert_eq!(
        told,
        [
            "employees invalid",
            "colour invalidStructure",
            "contact.email invalidEmail",
            "contact.fax invalidStructure",
            "addresses[0].zip invalid",
            "addresses[1] invalidStructure",
            "state invalid",
            "tags invalidStructure",
            "isCustomer invalid",
            "parent notFound",
            "team notFound",
            "name required",
            "addresses[0].city required",
            "taxId unique",
        ]
    );
    assert_eq!(code(bed.create("[1]").await), "bad-value");
}

#[tokio::test]
async fn unique_values_and_unique_pairs_are_refused_and_empty_ones_do_not_count() {
    let bed = Bed::new().await;
    bed.company("A", r#","type":"t""#).await;
    bed.company("B", "").await;
    bed.company("C", "").await;
    let refused = faults(bed.create(r#"{"name":"A"}"#).await);
    assert_eq!(
        refused,
        [("name".to_owned(), "unique".to_owned(), Some("A".to_owned()))]
    );
    let refused = faults(bed.create(r#"{"name":"D","type":"t"}"#).await);
    let fields: Vec<_> = refused
        .iter()
        .map(|(field, code, _)| (field.as_str(), code.as_str()))
        .collect();
    assert_eq!(fields, [("state", "unique"), ("type", "unique")]);
}

#[tokio::test]
async fn numbers_go_on_where_they_were() {
    let bed = Bed::new().await;
    for number in 100..103 {
        let made = bed
            .create(&format!(r#"{{"name":"{number}","number":7}}"#))
            .await
            .unwrap();
        assert_eq!(made["number"], number);
    }
    assert!(bed.create(r#"{}"#).await.is_err());
    assert_eq!(bed.create(r#"{"name":"n"}"#).await.unwrap()["number"], 103);
}
