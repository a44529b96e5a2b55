//! Records: the samples of the document on the example app, ids and times apart.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use stockyard_slingr::Options;
use testkit::TestOptions;

use crate::support::{Crm, Who, crm, crm_with, error, id, scrubbed};

/// The company of the document.
fn test_1() -> Value {
    json!({
        "name": "Test 1",
        "state": "pending",
        "type": "a",
        "numberOfEmployees": 95,
        "isCustomer": false,
        "contactInformation": { "phoneNumber": "1-702-845-9380", "email": "jwoodsrq@spotify.com" },
        "addresses": [
            { "addressLine": "4 Magdeline Place", "zipCode": "89145", "city": "Las Vegas", "state": "NV" },
        ],
        "homepage": "http://www.browsezoom.com",
        "taxId": "350-KWM",
        "rating": "2.8",
        "notes": "test notes",
        "lastMeeting": 1_429_623_180_000_u64,
    })
}

async fn make(crm: &Crm, body: Value) -> Value {
    crm.expect(Who::Developer, 200, "POST", "/data/companies", body)
        .await
}

#[tokio::test]
async fn creates_a_new_company() {
    let crm = crm().await;
    let made = make(&crm, test_1()).await;
    assert_json_snapshot!(scrubbed(&made), @r#"
    {
      "id": "<id>",
      "version": 0,
      "label": "Test 1",
      "entity": {
        "id": "<id>",
        "name": "companies"
      },
      "name": "Test 1",
      "state": "pending",
      "type": "a",
      "numberOfEmployees": 95,
      "isCustomer": false,
      "contactInformation": {
        "id": "<id>",
        "label": "Contact Information",
        "phoneNumber": "1-702-845-9380",
        "email": "jwoodsrq@spotify.com"
      },
      "addresses": [
        {
          "id": "<id>",
          "label": "NV - 89145",
          "addressLine": "4 Magdeline Place",
          "zipCode": "89145",
          "city": "Las Vegas",
          "state": "NV"
        }
      ],
      "homepage": "http://www.browsezoom.com",
      "taxId": "350-KWM",
      "rating": "2.8",
      "notes": "test notes",
      "lastMeeting": 1429623180000,
      "lastUpdate": "<ms>",
      "contactsCount": 0,
      "score": 0.95
    }
    "#);
    assert_eq!(crm.get(&format!("/data/companies/{}", id(&made))).await, made);
}

#[tokio::test]
async fn updates_a_few_fields_of_a_company() {
    let crm = crm().await;
    let made = make(&crm, test_1()).await;
    let path = format!("/data/companies/{}", id(&made));
    let change = json!({ "version": 0, "state": "active", "type": "b", "numberOfEmployees": 100 });
    let changed = crm
        .expect(Who::Developer, 200, "PUT", &path, change.clone())
        .await;
    assert_json_snapshot!(scrubbed(&changed), @r#"
    {
      "id": "<id>",
      "version": 1,
      "label": "Test 1",
      "entity": {
        "id": "<id>",
        "name": "companies"
      },
      "name": "Test 1",
      "state": "active",
      "type": "b",
      "numberOfEmployees": 100,
      "isCustomer": false,
      "contactInformation": {
        "id": "<id>",
        "label": "Contact Information",
        "phoneNumber": "1-702-845-9380",
        "email": "jwoodsrq@spotify.com"
      },
      "addresses": [
        {
          "id": "<id>",
          "label": "NV - 89145",
          "addressLine": "4 Magdeline Place",
          "zipCode": "89145",
          "city": "Las Vegas",
          "state": "NV"
        }
      ],
      "homepage": "http://www.browsezoom.com",
      "taxId": "350-KWM",
      "rating": "2.8",
      "notes": "test notes",
      "lastMeeting": 1429623180000,
      "lastUpdate": "<ms>",
      "contactsCount": 0,
      "score": 1
    }
    "#);
    let stale = crm.expect(Who::Developer, 409, "PUT", &path, change).await;
    assert_eq!(error(&stale).0, "optimisticLocking");
    let back = crm
        .expect(Who::Developer, 200, "PUT", &path, changed.clone())
        .await;
    assert_eq!(
        back, changed,
        "what was shown can be sent back, and changes nothing"
    );
    let cleared = crm
        .expect(
            Who::Developer,
            200,
            "PUT",
            &path,
            json!({ "notes": null, "addresses": null }),
        )
        .await;
    assert!(
        cleared.get("notes").is_none() && cleared.get("addresses").is_none(),
        "{cleared}"
    );
    assert_eq!(cleared["version"], 2);
}

#[tokio::test]
async fn wrong_values_are_complained_of_field_by_field() {
    let crm = crm().await;
    let body = json!({ "state": "sdfsdfsd", "type": "a" });
    let answer = crm
        .expect(Who::Developer, 400, "POST", "/data/companies", body)
        .await;
    assert_json_snapshot!(answer, @r#"
    {
      "code": "validationErrors",
      "message": "There are validation errors",
      "errors": [
        {
          "field": "state",
          "fieldLabel": "State",
          "code": "invalid",
          "message": "Not a valid choice",
          "additionalInfo": {
            "rejectedValue": "sdfsdfsd"
          }
        },
        {
          "field": "name",
          "fieldLabel": "Name",
          "code": "required",
          "message": "This field is required",
          "additionalInfo": null
        }
      ]
    }
    "#);
    let unknown = crm
        .expect(
            Who::Developer,
            400,
            "POST",
            "/data/companies",
            json!({ "name": "x", "type": "a", "colour": 1 }),
        )
        .await;
    assert_eq!(unknown["errors"][0]["code"], "invalidStructure", "{unknown}");
}

#[tokio::test]
async fn deletes_one_company() {
    let crm = crm().await;
    let made = make(&crm, test_1()).await;
    let path = format!("/data/companies/{}", id(&made));
    assert_eq!(
        crm.expect(Who::Developer, 200, "DELETE", &path, json!({})).await,
        made
    );
    let gone = crm.expect(Who::Developer, 404, "GET", &path, Value::Null).await;
    assert_eq!(error(&gone).0, "notFound");
}

/// Companies of these names, states and types, the last one newest.
async fn companies(crm: &Crm, all: &[(&str, &str, &str)]) -> Vec<String> {
    let mut ids = Vec::new();
    for (name, state, kind) in all {
        ids.push(id(&make(
            crm,
            json!({ "name": name, "state": state, "type": kind }),
        )
        .await));
    }
    ids
}

async fn three(crm: &Crm) -> Vec<String> {
    companies(
        crm,
        &[
            ("Jazzy", "active", "c"),
            ("Blogpad", "pending", "b"),
            ("Browsezoom", "pending", "a"),
        ],
    )
    .await
}

fn labels(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["label"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn fetches_name_and_type_of_two_pending_companies() {
    let crm = crm().await;
    three(&crm).await;
    let page = crm
        .get("/data/companies?state=pending&_fields=name,type&_size=2")
        .await;
    assert_json_snapshot!(scrubbed(&page), @r#"
    {
      "total": 2,
      "offset": "<id>",
      "items": [
        {
          "id": "<id>",
          "version": 0,
          "label": "Browsezoom",
          "entity": {
            "id": "<id>",
            "name": "companies"
          },
          "name": "Browsezoom",
          "type": "a"
        },
        {
          "id": "<id>",
          "version": 0,
          "label": "Blogpad",
          "entity": {
            "id": "<id>",
            "name": "companies"
          },
          "name": "Blogpad",
          "type": "b"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn pages_follow_each_other_until_all_are_seen() {
    let crm = crm().await;
    let mut ids = three(&crm).await;
    ids.reverse();
    let mut seen = Vec::new();
    let mut offset = String::new();
    while seen.len() < 3 {
        let page = crm
            .get(&format!("/data/companies?_size=1&_sortField=id&_offset={offset}"))
            .await;
        assert_eq!(page["total"], 3);
        let next = page["offset"].as_str().unwrap().to_owned();
        assert_ne!(next, offset);
        seen.push(id(&page["items"][0]));
        offset = next;
    }
    assert_eq!(seen, ids);
    let end = crm.get(&format!("/data/companies?_offset={offset}")).await;
    assert_eq!(end, json!({ "total": 3, "items": [] }));
}

#[tokio::test]
async fn queries_are_taken_encoded_or_not() {
    let crm = crm().await;
    three(&crm).await;
    for (query, expected) in [
        ("name=Blogpad,Jazzy", &["Blogpad", "Jazzy"][..]),
        ("name=like(zoom)", &["Browsezoom"]),
        ("name=like%28zoom%29&_format=plainText", &["Browsezoom"]),
        (
            "_query=or(filter('type','c'),filter('name','like(pad)'))",
            &["Blogpad", "Jazzy"],
        ),
        ("state=notEquals(pending)", &["Jazzy"]),
        (
            "numberOfEmployees=empty()&_sortField=name&_sortType=asc",
            &["Blogpad", "Browsezoom", "Jazzy"],
        ),
        ("_size=1&_offset=1", &["Blogpad"]),
        ("_unknown=x&name=Jazzy", &["Jazzy"]),
        ("name=", &["Browsezoom", "Blogpad", "Jazzy"]),
    ] {
        let page = crm.get(&format!("/data/companies?{query}")).await;
        assert_eq!(labels(&page), expected, "{query}: {page}");
    }
    for (query, needle) in [
        ("colour=red", "colour"),
        ("numberOfEmployees=like(1)", "numberOfEmployees"),
        ("numberOfEmployees=many", "numberOfEmployees"),
        ("_sortField=colour", "colour"),
        ("_fields=colour", "colour"),
        ("_query=or(", "_query"),
    ] {
        let answer = crm
            .expect(
                Who::Developer,
                400,
                "GET",
                &format!("/data/companies?{query}"),
                Value::Null,
            )
            .await;
        assert!(
            error(&answer).0 == "badRequest" && error(&answer).1.contains(needle),
            "{query}: {answer}"
        );
    }
}

#[tokio::test]
async fn deletes_one_company_in_the_background() {
    let crm = crm().await;
    let ids = three(&crm).await;
    let path = format!("/data/companies/{}", ids[0]);
    let reference = crm
        .expect(
            Who::Developer,
            200,
            "DELETE",
            &format!("{path}?_async=true"),
            Value::Null,
        )
        .await;
    let job = reference["jobId"].as_str().unwrap().to_owned();
    assert_eq!(
        reference,
        json!({ "jobLink": format!("/api/status/jobs/{job}"), "jobId": job })
    );
    crm.app.run_jobs().await;
    crm.expect(Who::Developer, 404, "GET", &path, Value::Null).await;
    let done = crm.get(&format!("/status/jobs/{job}")).await;
    assert_json_snapshot!(scrubbed(&done), @r#"
    {
      "id": "<id>",
      "label": "Deleting records of Companies",
      "type": "DELETE_RECORDS",
      "runBy": {
        "id": "<id>",
        "fullName": "Developer Test"
      },
      "parentJob": null,
      "rootJob": null,
      "createDate": "<ms>",
      "startDate": "<ms>",
      "endDate": "<ms>",
      "status": "FINISHED",
      "hasErrors": false,
      "progress": 100,
      "recordsCount": 1,
      "recordsProcessed": 1,
      "childrenJobsCount": 0,
      "childrenJobsProcessed": 0,
      "stoppable": true,
      "lowPriority": false,
      "data": {
        "entityName": "companies"
      },
      "results": {
        "<id>": {
          "status": "ok"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn deletes_two_companies_and_says_how_it_went_for_each() {
    let crm = crm().await;
    let ids = three(&crm).await;
    let missing = "588775f63b063a0007604f4c";
    let path = format!("/data/companies/{},{},{missing}", ids[0], ids[1]);
    let outcomes = crm.expect(Who::Developer, 200, "DELETE", &path, json!({})).await;
    assert_eq!(outcomes.as_object().unwrap().len(), 3);
    assert_eq!(outcomes[&ids[0]]["response"]["label"], "Jazzy");
    assert_json_snapshot!(scrubbed(&outcomes[&ids[1]]), @r#"
    {
      "status": "ok",
      "response": {
        "id": "<id>",
        "version": 0,
        "label": "Blogpad",
        "entity": {
          "id": "<id>",
          "name": "companies"
        },
        "name": "Blogpad",
        "state": "pending",
        "type": "b",
        "isCustomer": false,
        "lastUpdate": "<ms>",
        "contactsCount": 0,
        "score": 0
      }
    }
    "#);
    assert_eq!(outcomes[missing]["status"], "error");
    assert!(outcomes[missing]["errorMessage"].is_string() && outcomes[missing].get("response").is_none());
    assert_eq!(crm.get("/data/companies").await["total"], 1);
}

#[tokio::test]
async fn deletes_companies_by_a_query() {
    let crm = crm().await;
    three(&crm).await;
    let outcomes = crm
        .expect(
            Who::Developer,
            200,
            "DELETE",
            "/data/companies?state=pending",
            Value::Null,
        )
        .await;
    assert_eq!(outcomes.as_object().unwrap().len(), 2);
    assert!(
        outcomes
            .as_object()
            .unwrap()
            .values()
            .all(|outcome| outcome["status"] == "ok"),
        "{outcomes}"
    );
    assert_eq!(labels(&crm.get("/data/companies").await), ["Jazzy"]);
    let background = "/data/companies?_async=true&_lowPriority=true";
    let reference = crm
        .expect(Who::Developer, 200, "DELETE", background, Value::Null)
        .await;
    crm.app.run_jobs().await;
    let job = crm
        .get(&format!("/status/jobs/{}", reference["jobId"].as_str().unwrap()))
        .await;
    assert_eq!(
        (&job["status"], &job["lowPriority"]),
        (&json!("FINISHED"), &json!(true))
    );
    assert_eq!(
        crm.get("/data/companies").await,
        json!({ "total": 0, "items": [] })
    );
}

#[tokio::test]
async fn counts_the_number_of_skills_per_company() {
    let crm = crm().await;
    let ids = three(&crm).await;
    for (last, company, skills) in [("Bee", &ids[0], 1), ("Cee", &ids[0], 2), ("Dee", &ids[1], 4)] {
        let contact =
            json!({ "firstName": "Ann", "lastName": last, "company": company, "numberOfSkills": skills });
        crm.expect(Who::Developer, 200, "POST", "/data/contacts", contact)
            .await;
    }
    let stages = json!([
        { "project": "company,numberOfSkills" },
        { "group": { "by": "company", "totalSkills": "sum(numberOfSkills)" } },
        { "sort": { "totalSkills": "asc" } },
    ]);
    let found = crm
        .expect(
            Who::Developer,
            200,
            "PUT",
            "/data/contacts/aggregate",
            stages.clone(),
        )
        .await;
    assert_json_snapshot!(scrubbed(&found), @r#"
    {
      "total": 2,
      "items": [
        {
          "company": {
            "id": "<id>",
            "label": "Jazzy"
          },
          "totalSkills": 3
        },
        {
          "company": {
            "id": "<id>",
            "label": "Blogpad"
          },
          "totalSkills": 4
        }
      ]
    }
    "#);
    let mut test = TestOptions::default();
    test.engine.slingr.group_keys = engine::GroupKeys::Label;
    let labelled = crm_with(test, Options::default()).await;
    let company = make(&labelled, json!({ "name": "Trudoo", "type": "a" })).await;
    let contact =
        json!({ "firstName": "Ann", "lastName": "Bee", "company": id(&company), "numberOfSkills": 1 });
    labelled
        .expect(Who::Developer, 200, "POST", "/data/contacts", contact)
        .await;
    let found = labelled
        .expect(Who::Developer, 200, "PUT", "/data/contacts/aggregate", stages)
        .await;
    assert_eq!(
        found,
        json!({ "total": 1, "items": [{ "company": "Trudoo", "totalSkills": 1 }] })
    );
    let object = json!({ "match": { "firstName": "Ann" }, "count": "many" });
    let counted = crm
        .expect(Who::Developer, 200, "PUT", "/data/contacts/aggregate", object)
        .await;
    assert_eq!(counted, json!({ "total": 1, "items": [{ "many": 3 }] }));
    for bad in [
        json!([{ "shrink": 1 }]),
        json!([{ "group": { "by": "colour" } }]),
        Value::Null,
    ] {
        let answer = crm
            .expect(Who::Developer, 400, "PUT", "/data/contacts/aggregate", bad)
            .await;
        assert_eq!(error(&answer).0, "badRequest", "{answer}");
    }
}

#[tokio::test]
async fn gets_the_history_of_a_company() {
    let crm = crm().await;
    let company = make(&crm, json!({ "name": "test1", "state": "active", "type": "a" })).await;
    let path = format!("/data/companies/{}", id(&company));
    crm.expect(Who::Developer, 200, "PUT", &path, json!({ "type": "b" }))
        .await;
    let history = crm.get(&format!("{path}/history")).await;
    assert_json_snapshot!(scrubbed(&history), @r#"
    {
      "total": 2,
      "offset": "<id>",
      "items": [
        {
          "id": "<id>",
          "entityId": "<id>",
          "entityName": "companies",
          "entityVersion": 1,
          "recordId": "<id>",
          "recordName": "test1",
          "user": "developer@example.com",
          "timestamp": "<ms>",
          "ip": "127.0.0.1",
          "eventType": "USER_RECORD_CHANGED",
          "eventCategory": "USER",
          "contextPath": "entities.companies.update",
          "recordDeleted": null,
          "deletionDate": null,
          "oldRecord": {
            "type": {
              "json": "a",
              "text": "{type:a}"
            }
          },
          "newRecord": {
            "type": {
              "json": "b",
              "text": "{type:b}"
            }
          }
        },
        {
          "id": "<id>",
          "entityId": "<id>",
          "entityName": "companies",
          "entityVersion": 1,
          "recordId": "<id>",
          "recordName": "test1",
          "user": "developer@example.com",
          "timestamp": "<ms>",
          "ip": "127.0.0.1",
          "eventType": "USER_RECORD_CREATED",
          "eventCategory": "USER",
          "contextPath": "entities.companies.create",
          "recordDeleted": null,
          "deletionDate": null,
          "oldRecord": {},
          "newRecord": {
            "name": "test1",
            "state": "active",
            "type": "a",
            "numberOfEmployees": null,
            "isCustomer": false,
            "contactInformation": null,
            "addresses": null,
            "homepage": null,
            "taxId": null,
            "rating": null,
            "notes": null,
            "lastMeeting": null,
            "lastUpdate": "<ms>",
            "parent": null,
            "logo": null,
            "contactsCount": 0,
            "score": 0
          }
        }
      ]
    }
    "#);
    assert_eq!(crm.get(&format!("{path}/auditLogs")).await, history);
    let second = crm
        .get(&format!(
            "{path}/history?_size=1&_offset={}",
            id(&history["items"][0])
        ))
        .await;
    assert_eq!(second["items"][0], history["items"][1]);
    assert_eq!(
        crm.get("/data/companies/588775f63b063a0007604f4c/history").await["total"],
        0
    );
    crm.expect(
        Who::Developer,
        400,
        "GET",
        "/data/companies/x/history",
        Value::Null,
    )
    .await;
}

#[tokio::test]
async fn gets_the_last_lines_of_the_history_of_companies() {
    let crm = crm().await;
    let ids = three(&crm).await;
    crm.expect(
        Who::Developer,
        200,
        "DELETE",
        &format!("/data/companies/{}", ids[0]),
        Value::Null,
    )
    .await;
    let history = crm.get("/data/companies/history?_size=2").await;
    assert_eq!(
        (&history["total"], history["items"].as_array().unwrap().len()),
        (&json!(4), 2)
    );
    assert_eq!(history["items"][0]["eventType"], "USER_RECORD_DELETED");
    assert_eq!(history["items"][0]["recordDeleted"], true);
    let made = crm
        .get("/data/companies/history?eventTypes=USER_RECORD_CREATED")
        .await;
    assert_eq!(made["total"], 3);
    for bad in ["eventTypes=NONE", "from=x", "_size=0", "colour=red"] {
        let path = format!("/data/companies/history?{bad}");
        let answer = crm.expect(Who::Developer, 400, "GET", &path, Value::Null).await;
        assert_eq!(error(&answer).0, "badRequest", "{answer}");
    }
}

#[tokio::test]
async fn records_leave_lines_in_the_log_of_the_app() {
    let crm = crm().await;
    let made = make(&crm, test_1()).await;
    let path = format!("/data/companies/{}", id(&made));
    crm.expect(Who::Developer, 200, "PUT", &path, json!({ "state": "active" }))
        .await;
    crm.expect(Who::Developer, 200, "DELETE", &path, Value::Null)
        .await;
    let lines = crm.get("/status/logs?message=Data%20record").await;
    let said: Vec<_> = lines["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    let line =
        |what: &str| format!("Data record of type [companies] with label [Test 1] was {what} successfully");
    assert_eq!(said, [line("created"), line("changed"), line("deleted")]);
}
