//! Aggregations: what comes out, and what they may not look at.

use engine::records::EntityRef;
use engine::{Options, QueryOptions};
use serde_json::{Value as Json, json};

use crate::crm::Crm;
use crate::support::code;

/// Companies with as many contacts, and as many skills, as in the document's sample; one contact has none.
async fn sample() -> Crm {
    let crm = Crm::new().await;
    for name in ["Trudoo", "Riffwire", "Edgeify"] {
        let state = if name == "Riffwire" { "pending" } else { "active" };
        let more = format!(
            r#","state":"{state}","rating":"1","taxId":"862SKB","contactInformation":{{"email":"a@b.co","phoneNumber":"17028459380"}},"addresses":[{{"city":"x","score":"1"}},{{"city":"y"}}]"#
        );
        crm.bed.company(name, &more).await;
    }
    for (name, company, skills) in [
        ("a", "Trudoo", 1),
        ("b", "Riffwire", 1),
        ("c", "Riffwire", 2),
        ("d", "Edgeify", 0),
    ] {
        let contact = format!(
            r#"{{"lastName":"{name}","email":"{name}@x.co","company":"{company}","numberOfSkills":{skills}}}"#
        );
        crm.contact(&contact).await;
    }
    crm
}

/// Results with the id of each company left out.
fn without_ids(mut results: Vec<Json>) -> Vec<Json> {
    for result in &mut results {
        assert_eq!(result["company"]["id"].as_str().unwrap().len(), 24);
        result["company"] = result["company"]["label"].clone();
    }
    results
}

const SKILLS: &str = r#"[{"project":"company,numberOfSkills"},{"group":{"by":"company","totalSkills":"sum(numberOfSkills)"}},{"sort":{"totalSkills":"desc"}}]"#;

#[tokio::test]
async fn the_documents_sample() {
    let crm = sample().await;
    let results = crm
        .aggregate(&crm.bed.developer, &crm.contacts, SKILLS)
        .await
        .unwrap();
    assert_eq!(
        without_ids(results),
        [
            json!({"company": "Riffwire", "totalSkills": 3}),
            json!({"company": "Trudoo", "totalSkills": 1}),
            json!({"company": "Edgeify", "totalSkills": 0}),
        ]
    );
}

#[tokio::test]
async fn only_what_is_read_is_in_results_and_totals() {
    let crm = sample().await;
    let seller = &crm.bed.seller;
    let results = crm.aggregate(seller, &crm.contacts, SKILLS).await.unwrap();
    assert_eq!(
        without_ids(results).len(),
        2,
        "the contact without skills is not counted"
    );
    let companies = &crm.bed.companies;
    let count = r#"[{"match":{"name":"notEquals(x)"}},{"count":"many"}]"#;
    for (call, many) in [(&crm.bed.developer, 3), (seller, 2)] {
        assert_eq!(
            crm.aggregate(call, companies, count).await.unwrap(),
            [json!({"many": many})]
        );
    }
    let indexed = r#"[{"match":{"state":"pending"}},{"count":"many"}]"#;
    assert_eq!(
        crm.aggregate(seller, companies, indexed).await.unwrap(),
        Vec::<Json>::new()
    );
    let joined = r#"[{"match":{"name":"Edgeify"}},{"lookup":{"localFieldPath":"id","foreignFieldPath":"company.id","foreignEntityName":"contacts","as":"people"}},{"project":"people"}]"#;
    let joined_by = |results: Vec<Json>| results[0]["people"].as_array().map_or(0, Vec::len);
    assert_eq!(
        joined_by(
            crm.aggregate(&crm.bed.developer, companies, joined)
                .await
                .unwrap()
        ),
        1
    );
    assert_eq!(
        joined_by(crm.aggregate(seller, companies, joined).await.unwrap()),
        0
    );
}

#[tokio::test]
async fn fields_that_are_not_read_are_not_looked_at() {
    let crm = sample().await;
    let seller = &crm.bed.seller;
    let refused = async |entity: &EntityRef, stages: &str| {
        assert!(
            crm.aggregate(&crm.bed.developer, entity, stages).await.is_ok(),
            "{stages}"
        );
        assert_eq!(
            code(crm.aggregate(seller, entity, stages).await),
            "forbidden",
            "{stages}"
        );
    };
    for stages in [
        r#"[{"match":{"rating":"1"}}]"#,
        r#"[{"project":"name,rating"}]"#,
        r#"[{"sort":{"rating":"asc"}}]"#,
        r#"[{"group":{"by":"rating"}}]"#,
        r#"[{"group":{"all":"sum(rating)"}}]"#,
        r#"[{"project":"contactInformation.phoneNumber"}]"#,
        r#"[{"project":"contactInformation"}]"#,
        r#"[{"unwind":{"fieldPath":"addresses"}},{"group":{"s":"max(addresses.score)"}}]"#,
        r#"[{"lookup":{"localFieldPath":"name","foreignFieldPath":"email","foreignEntityName":"contacts","as":"x"}}]"#,
        r#"[{"lookup":{"localFieldPath":"id","foreignFieldPath":"company.id","foreignEntityName":"contacts","as":"x"}},{"match":{"x.email":"a@x.co"}}]"#,
    ] {
        refused(&crm.bed.companies, stages).await;
    }
    refused(&crm.contacts, r#"[{"group":{"by":"email"}}]"#).await;
}

#[tokio::test]
async fn what_nobody_named_comes_out_only_where_it_is_read() {
    let crm = sample().await;
    let (seller, companies) = (&crm.bed.seller, &crm.bed.companies);
    let stages = r#"[{"match":{"name":"Trudoo"}},{"lookup":{"localFieldPath":"id","foreignFieldPath":"company","foreignEntityName":"contacts","as":"people"}}]"#;
    let whole = crm
        .aggregate(&crm.bed.developer, companies, stages)
        .await
        .unwrap()
        .remove(0);
    let seen = crm.aggregate(seller, companies, stages).await.unwrap().remove(0);
    assert_eq!(
        (&whole["rating"], &whole["people"][0]["email"]),
        (&json!("1"), &json!("a@x.co"))
    );
    assert_eq!(whole["addresses"][0]["score"], "1");
    let mut expected = whole.clone();
    expected.as_object_mut().unwrap().remove("rating");
    expected["contactInformation"]
        .as_object_mut()
        .unwrap()
        .remove("phoneNumber");
    expected["addresses"][0].as_object_mut().unwrap().remove("score");
    expected["people"][0].as_object_mut().unwrap().remove("email");
    assert_eq!(seen, expected);
    let unwound = format!(
        "{},{}",
        stages.trim_end_matches(']'),
        r#"{"unwind":{"fieldPath":"people"}}]"#
    );
    let seen = crm
        .aggregate(seller, companies, &unwound)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (&seen["people"]["lastName"], seen["people"].get("email")),
        (&json!("a"), None)
    );
}

#[tokio::test]
async fn values_have_the_form_that_they_have_in_records() {
    let crm = sample().await;
    let (developer, companies) = (&crm.bed.developer, &crm.bed.companies);
    let stages =
        r#"{"match":{"name":"Trudoo"},"project":"name,taxId,rating,isCustomer,addresses,numberOfEmployees"}"#;
    let result = crm
        .aggregate(developer, companies, stages)
        .await
        .unwrap()
        .remove(0);
    let record = crm
        .bed
        .read(developer, result["id"].as_str().unwrap())
        .await
        .unwrap();
    let mut expected = json!({});
    for name in ["id", "name", "isCustomer", "addresses", "taxId", "rating"] {
        expected[name] = record[name].clone();
    }
    assert_eq!(
        (result, &expected["taxId"]),
        (expected.clone(), &json!("862-SKB"))
    );
    let grouped = r#"[{"group":{"by":"taxId","rating":"max(rating)","n":"count()"}}]"#;
    let grouped = crm.aggregate(developer, companies, grouped).await.unwrap();
    assert_eq!(grouped, [json!({"taxId": "862-SKB", "rating": "1", "n": 3})]);
}

#[tokio::test]
async fn what_cannot_be_computed_is_refused() {
    let crm = sample().await;
    for (stages, why) in [
        (r#"[{"mash":{}}]"#, "operation 1, `mash`"),
        (r#"[{"match":{"nothing":1}}]"#, "nothing"),
        (r#"[{"group":{"n":"sum(name)"}}]"#, "sum"),
        (
            r#"[{"lookup":{"localFieldPath":"id","foreignFieldPath":"id","foreignEntityName":"ghosts","as":"x"}}]"#,
            "ghosts",
        ),
        (r#""count""#, "list of operations"),
    ] {
        let error = crm
            .aggregate(&crm.bed.developer, &crm.bed.companies, stages)
            .await
            .unwrap_err();
        assert_eq!(error.code().as_str(), "bad-request", "{stages}");
        assert!(error.message().contains(why), "{stages}: {}", error.message());
    }
}

#[tokio::test]
async fn it_may_not_take_more_than_is_allowed() {
    let query = QueryOptions {
        memory_bytes: 2_000,
        result_bytes: 4_000,
        ..QueryOptions::default()
    };
    let options = Options {
        query,
        ..Options::default()
    };
    let crm = Crm::with("true", options).await;
    for number in 0..40 {
        crm.bed.company(&format!("company number {number}"), "").await;
    }
    let run = async |stages: &str| {
        crm.aggregate(&crm.bed.developer, &crm.bed.companies, stages)
            .await
    };
    for stages in [
        r#"[{"sort":{"name":"asc"}}]"#,
        r#"[{"project":"name,state,isCustomer,lastUpdate"}]"#,
    ] {
        let error = run(stages).await.unwrap_err();
        assert_eq!(error.code().as_str(), "bad-request", "{stages}");
        assert!(error.message().contains("bytes"), "{}", error.message());
    }
    assert_eq!(run(r#"[{"count":"n"}]"#).await.unwrap(), [json!({"n": 40})]);
}
