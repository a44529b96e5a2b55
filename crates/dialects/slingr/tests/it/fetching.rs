//! `_relationshipsToFetch`: records in the place of references to them.

use serde_json::{Value, json};

use crate::support::{Crm, Who, app_of, error, id};

const PEOPLE: &str = "
name: people
recordLabel: fields/name
fields:
  - {name: name, type: text}
  - {name: boss, type: relationship, typeRules: {entity: people}}
  - {name: friends, type: relationship, multiplicity: many, typeRules: {entity: people}}
  - {name: firm, type: relationship, typeRules: {entity: firms, copiedFields: [kind]}}
  - {name: secret, type: relationship, typeRules: {entity: firms}}
  - {name: user, type: relationship, typeRules: {entity: sys.users}}
  - name: jobs
    type: nestedFields
    multiplicity: many
    nestedFields:
      - {name: since, type: date}
      - {name: firm, type: relationship, typeRules: {entity: firms}}
";

const FIRMS: &str = "
name: firms
recordLabel: fields/name
fields:
  - {name: name, type: text}
  - {name: kind, type: text}
  - {name: worth, type: money}
  - {name: hidden, type: text}
  - {name: owner, type: relationship, typeRules: {entity: people}}
";

const READERS: &str = "
name: readers
entityPermissions:
  - {entity: people, read: always, fields: [{field: secret, permission: none}]}
  - {entity: firms, read: {kind: open}, fields: [{field: hidden, permission: none}]}
";

/// A server with two firms and a person who has to do with both, and their ids.
struct Bed {
    crm: Crm,
    open: String,
    closed: String,
    ann: String,
    bob: String,
}

async fn bed() -> Bed {
    let crm = app_of(&[
        ("entities/people.yaml", PEOPLE),
        ("entities/firms.yaml", FIRMS),
        ("groups/readers.yaml", READERS),
    ])
    .await;
    let make = async |entity: &str, body: Value| {
        let path = format!("/data/{entity}");
        id(&crm.expect(Who::Developer, 200, "POST", &path, body).await)
    };
    let bob = make("people", json!({ "name": "Bob" })).await;
    let firm = |kind: &str| json!({ "name": kind, "kind": kind, "worth": 5, "hidden": "x", "owner": bob });
    let (open, closed) = (
        make("firms", firm("open")).await,
        make("firms", firm("closed")).await,
    );
    let ann = json!({
        "name": "Ann", "boss": bob, "friends": [bob, bob], "firm": open, "secret": open, "user": "reader@example.com",
        "jobs": [{ "since": "2016-01-01", "firm": closed }, { "firm": open }, { "since": "2017-01-01" }],
    });
    let ann = make("people", ann).await;
    Bed {
        crm,
        open,
        closed,
        ann,
        bob,
    }
}

impl Bed {
    /// Ann with these relationships fetched, alone and in a list.
    async fn ann(&self, who: Who, query: &str) -> Value {
        let path = format!("/data/people/{}?{query}", self.ann);
        let one = self.crm.expect(who, 200, "GET", &path, Value::Null).await;
        let path = format!("/data/people?name=Ann&{query}");
        let page = self.crm.expect(who, 200, "GET", &path, Value::Null).await;
        assert_eq!(page["items"], json!([one]), "{query}");
        one
    }

    /// A firm as it is shown in the place of a reference.
    fn firm(&self, id: &str, name: &str) -> Value {
        json!({
            "id": id, "label": name, "name": name, "kind": name, "worth": 5, "hidden": "x",
            "owner": { "id": self.bob, "label": "Bob" },
        })
    }
}

#[tokio::test]
async fn one_many_and_nested_ones_are_shown_in_their_place() {
    let bed = bed().await;
    let plain = bed.ann(Who::Developer, "").await;
    assert_eq!(
        plain["firm"],
        json!({ "id": bed.open, "label": "open", "kind": "open" })
    );
    let fetched = bed
        .ann(
            Who::Developer,
            "_relationshipsToFetch=firm,%20boss,friends,jobs.firm",
        )
        .await;
    let bob = json!({ "id": bed.bob, "label": "Bob", "name": "Bob" });
    assert_eq!(fetched["boss"], bob);
    assert_eq!(fetched["friends"], json!([bob, bob]));
    assert_eq!(fetched["firm"], bed.firm(&bed.open, "open"));
    assert_eq!(fetched["secret"], plain["secret"], "it was not asked for");
    assert_eq!(fetched["jobs"][0]["firm"], bed.firm(&bed.closed, "closed"));
    assert_eq!(fetched["jobs"][1]["firm"], bed.firm(&bed.open, "open"));
    assert_eq!(fetched["jobs"][2], plain["jobs"][2]);
    assert_eq!(fetched["jobs"][0]["since"], "2016-01-01");
}

#[tokio::test]
async fn what_may_not_be_read_is_not_fetched() {
    let bed = bed().await;
    let plain = bed.ann(Who::Reader, "").await;
    let fetched = bed
        .ann(Who::Reader, "_relationshipsToFetch=firm,secret,jobs.firm")
        .await;
    let mut open = bed.firm(&bed.open, "open");
    open.as_object_mut().unwrap().remove("hidden");
    assert_eq!(fetched["firm"], open);
    assert!(plain.get("secret").is_none() && fetched.get("secret").is_none());
    assert_eq!(
        fetched["jobs"][0]["firm"],
        json!({ "id": bed.closed, "label": "closed" }),
        "the closed firm stays a reference"
    );
    assert_eq!(fetched["jobs"][1]["firm"], open);
}

#[tokio::test]
async fn what_is_gone_and_what_is_no_record_stay_references() {
    let bed = bed().await;
    let path = format!("/data/firms/{}", bed.open);
    bed.crm
        .expect(Who::Developer, 200, "DELETE", &path, Value::Null)
        .await;
    let plain = bed.ann(Who::Developer, "").await;
    let fetched = bed
        .ann(Who::Developer, "_relationshipsToFetch=firm,jobs.firm,user")
        .await;
    assert_eq!(
        fetched["firm"],
        json!({ "id": bed.open, "label": "open", "kind": "open" })
    );
    assert_eq!(fetched["jobs"][1], plain["jobs"][1]);
    assert_eq!(fetched["jobs"][0]["firm"], bed.firm(&bed.closed, "closed"));
    assert_eq!(fetched["user"], plain["user"]);
}

#[tokio::test]
async fn it_goes_together_with_fields_and_texts() {
    let bed = bed().await;
    let some = bed
        .ann(Who::Developer, "_relationshipsToFetch=firm&_fields=firm")
        .await;
    assert_eq!(some["firm"], bed.firm(&bed.open, "open"));
    assert!(some.get("boss").is_none());
    let other = bed
        .ann(Who::Developer, "_relationshipsToFetch=firm&_fields=boss")
        .await;
    assert!(other.get("firm").is_none());
    let texts = bed
        .ann(Who::Developer, "_relationshipsToFetch=firm&_format=plainText")
        .await;
    let mut firm = bed.firm(&bed.open, "open");
    firm["worth"] = "$5.00".into();
    firm["owner"] = "Bob".into();
    assert_eq!(texts["firm"], firm);
    assert_eq!(texts["boss"], "Bob");
}

#[tokio::test]
async fn what_is_no_relationship_is_refused() {
    let bed = bed().await;
    for path in ["name", "jobs", "nothing", "firm.owner", "jobs.since"] {
        for base in ["/data/people".to_owned(), format!("/data/people/{}", bed.ann)] {
            let path_of = format!("{base}?_relationshipsToFetch={path}");
            let answer = bed
                .crm
                .expect(Who::Developer, 400, "GET", &path_of, Value::Null)
                .await;
            let expected = format!("people has no relationship {path:?}");
            assert_eq!(error(&answer), ("badRequest", expected.as_str()));
        }
    }
}
