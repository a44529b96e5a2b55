//! Users as the API shows and changes them.

use insta::assert_json_snapshot;
use serde_json::{Value, json};
use testkit::PASSWORD;

use crate::support::{Crm, Who, crm, error, id, scrubbed};

fn ann() -> Value {
    json!({
        "email": "Ann@Example.com", "firstName": "Ann", "lastName": "Bee", "password": PASSWORD,
        "groups": [{ "name": "sales", "primary": true }],
        "options": { "notifyUser": false },
    })
}

async fn make(crm: &Crm) -> Value {
    crm.expect(Who::Developer, 200, "POST", "/users", ann()).await
}

#[tokio::test]
async fn a_user_is_made_and_shown() {
    let crm = crm().await;
    let made = make(&crm).await;
    assert_json_snapshot!(scrubbed(&made), @r#"
    {
      "id": "<id>",
      "email": "ann@example.com",
      "status": "ACTIVE",
      "firstName": "Ann",
      "lastName": "Bee",
      "fullName": "Ann Bee",
      "groups": [
        {
          "id": "<id>",
          "name": "sales",
          "label": "Sales",
          "primary": true,
          "external": false
        }
      ],
      "permissions": {
        "developer": false,
        "usersManagement": false
      },
      "localization": {
        "timezone": null,
        "timezoneMode": "AUTO",
        "lang": null
      },
      "identityProviders": [
        {
          "id": "__slingr__",
          "name": "slingr",
          "label": "Slingr",
          "externalId": null
        }
      ],
      "version": 0
    }
    "#);
    for key in [id(&made), "ann@example.com".to_owned()] {
        assert_eq!(crm.get(&format!("/users/{key}?appsVersion=true")).await, made);
    }
    let login = json!({ "email": "ann@example.com", "password": PASSWORD });
    crm.expect(Who::Nobody, 200, "POST", "/auth/login", login).await;
}

#[tokio::test]
async fn what_is_shown_can_be_sent_back() {
    let crm = crm().await;
    let mut user = make(&crm).await;
    let path = format!("/users/{}", id(&user));
    user["lastName"] = "Cee".into();
    user["localization"]["timezone"] = "Europe/Berlin".into();
    user["localization"]["timezoneMode"] = "MANUAL".into();
    let changed = crm.expect(Who::Admin, 200, "PUT", &path, user.clone()).await;
    assert_eq!(changed["fullName"], "Ann Cee");
    assert_eq!(changed["version"], 1);
    assert_eq!(
        changed["localization"],
        json!({ "timezone": "Europe/Berlin", "timezoneMode": "MANUAL", "lang": null })
    );
    let stale = crm.expect(Who::Admin, 409, "PUT", &path, user).await;
    assert_eq!(error(&stale).0, "optimisticLocking");
    let named = crm
        .expect(Who::Admin, 200, "PUT", &path, json!({ "firstName": "Anna" }))
        .await;
    assert_eq!(named["fullName"], "Anna Cee");
}

#[tokio::test]
async fn wrong_users_are_complained_of_field_by_field() {
    let crm = crm().await;
    let answer = crm
        .expect(
            Who::Developer,
            400,
            "POST",
            "/users",
            json!({ "firstName": "Ann" }),
        )
        .await;
    assert_eq!(
        error(&answer),
        ("validationErrors", "There are validation errors")
    );
    let fields: Vec<&str> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    assert!(
        fields.contains(&"email") && fields.contains(&"password"),
        "{answer}"
    );
    for (body, field, code) in [
        (json!({ "colour": "red" }), "colour", "invalidStructure"),
        (json!({ "firstName": 5 }), "firstName", "invalid"),
        (
            json!({ "groups": [{ "name": "none", "primary": true }] }),
            "groups[0]",
            "invalid",
        ),
    ] {
        let mut sent = ann();
        for (key, value) in body.as_object().unwrap() {
            sent[key] = value.clone();
        }
        let answer = crm.expect(Who::Developer, 400, "POST", "/users", sent).await;
        assert_eq!(answer["errors"][0]["field"], field, "{answer}");
        assert_eq!(answer["errors"][0]["code"], code, "{answer}");
    }
    make(&crm).await;
    let twice = crm.expect(Who::Developer, 400, "POST", "/users", ann()).await;
    assert_eq!(error(&twice).0, "validationErrors", "{twice}");
}

#[tokio::test]
async fn users_are_switched_off_and_on_one_or_several() {
    let crm = crm().await;
    let ann = id(&make(&crm).await);
    let put = async |path: String| crm.expect(Who::Admin, 200, "PUT", &path, Value::Null).await;
    assert_eq!(
        put(format!("/users/{ann}/deactivate")).await["status"],
        "INACTIVE"
    );
    let login = json!({ "email": "ann@example.com", "password": PASSWORD });
    crm.expect(Who::Nobody, 403, "POST", "/auth/login", login).await;
    let both = put(format!("/users/{ann},seller@example.com/reactivate")).await;
    assert_eq!(both.as_array().unwrap().len(), 2);
    assert_eq!(both[0]["status"], "ACTIVE");
    assert_eq!(put(format!("/users/{ann}/unblock")).await["status"], "ACTIVE");
    crm.expect(
        Who::Admin,
        404,
        "PUT",
        "/users/nobody@example.com/deactivate",
        Value::Null,
    )
    .await;
}

#[tokio::test]
async fn users_come_into_groups_and_out_of_them() {
    let crm = crm().await;
    let ann = id(&make(&crm).await);
    let add = format!("/users/{ann}/addGroup");
    let in_two = crm
        .expect(
            Who::Admin,
            200,
            "PUT",
            &add,
            json!({ "name": "managers", "primary": true }),
        )
        .await;
    assert_eq!(in_two["groups"][0]["name"], "managers");
    assert_eq!(in_two["groups"][1]["primary"], false);
    crm.expect(Who::Admin, 400, "PUT", &add, json!({})).await;
    crm.expect(Who::Admin, 404, "PUT", &add, json!({ "name": "none" }))
        .await;
    let group = in_two["groups"][1]["id"].as_str().unwrap();
    let path = format!("/users/{ann}/removeGroup/{group}");
    let in_one = crm.expect(Who::Admin, 200, "PUT", &path, Value::Null).await;
    assert_eq!(in_one["groups"].as_array().unwrap().len(), 1);
    crm.expect(Who::Admin, 404, "PUT", &path, Value::Null).await;
}

#[tokio::test]
async fn other_systems_may_know_a_user() {
    let crm = crm().await;
    let ann = id(&make(&crm).await);
    let sent = json!({ "name": "google", "externalId": "g-77" });
    let known = crm
        .expect(
            Who::Admin,
            200,
            "PUT",
            &format!("/users/{ann}/addIdentityProvider"),
            sent,
        )
        .await;
    assert_eq!(known["identityProviders"][1]["externalId"], "g-77");
    assert_eq!(id(&crm.get("/users/g-77?identityProvider=google").await), ann);
    let path = format!("/users/{ann}/removeIdentityProvider/google");
    let unknown = crm.expect(Who::Admin, 200, "PUT", &path, Value::Null).await;
    assert_eq!(unknown["identityProviders"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn users_are_listed_page_by_page() {
    let crm = crm().await;
    let first = crm.get("/users?size=2").await;
    assert!(first["total"].as_u64().unwrap() > 4);
    let offset = first["offset"].as_str().unwrap();
    assert_eq!(first["items"][1]["id"], offset);
    let next = crm.get(&format!("/users?size=2&offset={offset}")).await;
    let skipped = crm.get("/users?_size=2&_offset=2").await;
    assert_eq!(next["items"], skipped["items"]);
    let found = crm
        .get("/users?email=SELLER&status=ACTIVE,BLOCKED&groups=sal&developer=false")
        .await;
    assert_eq!(
        (&found["total"], &found["items"][0]["email"]),
        (&json!(1), &json!("seller@example.com"))
    );
    for bad in [
        "size=0",
        "size=1001",
        "status=GONE",
        "developer=yes",
        "offset=x",
        "name=x",
    ] {
        let answer = crm
            .expect(Who::Developer, 400, "GET", &format!("/users?{bad}"), Value::Null)
            .await;
        assert_eq!(error(&answer).0, "badRequest", "{answer}");
    }
}

#[tokio::test]
async fn callers_see_themselves() {
    let crm = crm().await;
    let me = crm
        .expect(Who::Developer, 200, "GET", "/users/current", Value::Null)
        .await;
    assert_eq!(
        me["permissions"],
        json!({ "developer": true, "usersManagement": false })
    );
    assert_eq!(me["integrations"], json!([]));
    let admin = crm
        .expect(Who::Admin, 200, "GET", "/users/current", Value::Null)
        .await;
    assert_eq!(admin["permissions"]["usersManagement"], true);
    let groups = crm
        .expect(Who::Seller, 200, "GET", "/users/currentGroups", Value::Null)
        .await;
    assert_json_snapshot!(scrubbed(&groups), @r#"
    [
      {
        "id": "<id>",
        "name": "sales",
        "label": "Sales",
        "primary": true,
        "external": false
      }
    ]
    "#);
}

#[tokio::test]
async fn deleted_users_are_shown_once_more() {
    let crm = crm().await;
    let ann = make(&crm).await;
    let path = format!("/users/{}", id(&ann));
    assert_eq!(
        crm.expect(Who::Developer, 200, "DELETE", &path, json!({})).await,
        ann
    );
    crm.expect(Who::Developer, 404, "GET", &path, Value::Null).await;
}
