//! Copies of other records' fields in references: shown only to whom those fields are shown on every record.

use std::sync::Arc;

use engine::records::{Call, EntityRef, HistoryQuery, ListQuery, Shape};
use model::{Actor, Error};
use serde_json::{Value as Json, json};

use crate::support::{Bed, body, code, json as tree};

const COMPANIES: &str = r#"
name: companies
label: Companies
recordLabel: fields/name
fields:
  - {name: name, label: Name, type: text}
  - {name: state, label: State, type: text}
  - {name: secret, label: Secret, type: text}
  - name: inner
    label: Inner
    type: nestedFields
    nestedFields:
      - {name: open, label: Open, type: text}
      - {name: closed, label: Closed, type: text}
  - {name: parent, label: Parent, type: relationship, typeRules: {entity: companies, copiedFields: [secret]}}
"#;

const CONTACTS: &str = r#"
name: contacts
label: Contacts
auditLogs: true
fields:
  - {name: name, label: Name, type: text}
  - {name: company, label: Company, type: relationship,
     typeRules: {entity: companies, copiedFields: [state, secret, inner, parent]}}
  - name: jobs
    label: Jobs
    type: nestedFields
    multiplicity: many
    nestedFields:
      - {name: at, label: At, type: relationship, multiplicity: many, typeRules: {entity: companies, copiedFields: [state, secret]}}
"#;

/// A group that may do everything with contacts, and this with companies.
fn group(name: &str, companies: &str) -> String {
    let contacts =
        "{entity: contacts, read: always, create: always, update: always, delete: always, auditLogs: always}";
    format!("name: {name}\nlabel: {name}\nentityPermissions:\n  - {contacts}\n{companies}")
}

async fn bed() -> Bed {
    let hides = "fields: [{field: secret, permission: none}, {field: inner.closed, permission: none}]";
    let groups = [
        ("all", "  - {entity: companies, read: always}".to_owned()),
        (
            "partly",
            format!("  - {{entity: companies, read: always, {hides}}}"),
        ),
        (
            "some",
            "  - {entity: companies, read: {state: active}}".to_owned(),
        ),
        ("none", String::new()),
    ];
    let files: Vec<(String, String)> = groups
        .iter()
        .map(|(name, companies)| (format!("groups/{name}.yaml"), group(name, companies)))
        .collect();
    let mut all = vec![
        ("entities/companies.yaml", COMPANIES),
        ("entities/contacts.yaml", CONTACTS),
    ];
    all.extend(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    Bed::of(&all).await
}

fn caller(groups: &[&str]) -> Call {
    let actor = Actor {
        email: "somebody@example.com".to_owned(),
        groups: groups.iter().map(|name| (*name).to_owned()).collect(),
        ..Actor::default()
    };
    Call::of(&Arc::new(actor))
}

struct Made {
    bed: Bed,
    contacts: EntityRef,
    contact: String,
}

async fn made() -> Made {
    let bed = bed().await;
    let parent = bed.company("P", r#","secret":"s0""#).await;
    let more =
        format!(r#","state":"active","secret":"s1","inner":{{"open":"o","closed":"c"}},"parent":"{parent}""#);
    let company = bed.company("A", &more).await;
    let contacts = bed.app.engine.record_entity("contacts").unwrap();
    let sent = format!(r#"{{"name":"N","company":"{company}","jobs":[{{"at":["{company}","{parent}"]}}]}}"#);
    let record = bed
        .app
        .engine
        .create_record(&bed.developer, &contacts, body(&sent))
        .await;
    let contact = tree(&record.unwrap())["id"].as_str().unwrap().to_owned();
    Made {
        bed,
        contacts,
        contact,
    }
}

impl Made {
    async fn read(&self, call: &Call) -> Json {
        let shape = Shape::default();
        let engine = &self.bed.app.engine;
        let read = engine.read_record(call, &self.contacts, &self.contact, &shape);
        tree(&read.await.unwrap())
    }

    /// How many contacts a caller finds by this.
    async fn found(&self, call: &Call, path: &str, value: &str) -> Result<u64, Error> {
        let filter = app::language::map::map(body(&json!({path: value}).to_string()).root()).unwrap();
        let query = ListQuery {
            filter: Some(filter),
            ..ListQuery::default()
        };
        let listed = self
            .bed
            .app
            .engine
            .list_records(call, &self.contacts, &query)
            .await?;
        Ok(listed.total)
    }

    async fn sorted(&self, call: &Call, path: &str) -> Result<u64, Error> {
        let query = ListQuery {
            sort_field: path.to_owned(),
            ..ListQuery::default()
        };
        let listed = self
            .bed
            .app
            .engine
            .list_records(call, &self.contacts, &query)
            .await?;
        Ok(listed.total)
    }

    async fn aggregated(&self, call: &Call, stages: Json) -> Result<Json, Error> {
        let stages = body(&stages.to_string());
        let results = self
            .bed
            .app
            .engine
            .aggregate_records(call, &self.contacts, stages.root())
            .await?;
        Ok(results.iter().map(tree).collect())
    }
}

#[tokio::test]
async fn references_show_no_copy_that_is_hidden_where_it_comes_from() {
    let made = made().await;
    let whole = made.read(&made.bed.developer).await;
    let company = &whole["company"];
    assert_eq!(
        (&company["secret"], &company["parent"]["secret"]),
        (&json!("s1"), &json!("s0"))
    );
    assert_eq!(made.read(&caller(&["all"])).await, whole);
    // Groups unite: what one hides, another one shows.
    assert_eq!(made.read(&caller(&["none", "partly", "all"])).await, whole);
    let (inner, parent) = (company["inner"]["id"].clone(), company["parent"]["id"].clone());
    let partly = made.read(&caller(&["partly"])).await;
    // A copy is shown as a whole or not at all.
    assert_eq!(
        partly["company"],
        json!({"id": company["id"], "label": "A", "state": "active", "parent": {"id": parent, "label": "P"}})
    );
    assert_eq!(
        partly["jobs"][0]["at"],
        json!([{"id": company["id"], "label": "A", "state": "active"}, {"id": parent, "label": "P"}])
    );
    assert!(!partly.to_string().contains("s1") && inner.is_string());
    for groups in [["some"], ["none"]] {
        let shown = made.read(&caller(&groups)).await;
        assert_eq!(shown["company"], json!({"id": company["id"], "label": "A"}));
    }
}

#[tokio::test]
async fn queries_and_aggregates_tell_nothing_of_hidden_copies() {
    let made = made().await;
    let (all, partly, none) = (caller(&["all"]), caller(&["partly"]), caller(&["none"]));
    for (path, value) in [
        ("company.secret", "s1"),
        ("company.inner.closed", "c"),
        ("company.parent.secret", "s0"),
        ("jobs.at.secret", "s1"),
    ] {
        assert_eq!(made.found(&all, path, value).await.unwrap(), 1, "{path}");
        for call in [&partly, &none] {
            assert_eq!(code(made.found(call, path, value).await), "forbidden", "{path}");
        }
    }
    assert_eq!(made.found(&partly, "company.state", "active").await.unwrap(), 1);
    assert_eq!(
        code(made.found(&none, "company.state", "active").await),
        "forbidden"
    );
    for path in ["company", "company.label"] {
        assert_eq!(made.found(&none, path, "A").await.unwrap(), 1);
        assert_eq!(made.sorted(&none, path).await.unwrap(), 1);
    }
    assert_eq!(made.sorted(&all, "company.secret").await.unwrap(), 1);
    assert_eq!(code(made.sorted(&partly, "company.secret").await), "forbidden");
    let group = json!([{"group": {"by": "company.secret", "n": "count()"}}]);
    assert_eq!(code(made.aggregated(&partly, group).await), "forbidden");
    let project = json!([{"project": "company,jobs"}]);
    let shown = made.aggregated(&none, project.clone()).await.unwrap();
    assert!(
        !shown.to_string().contains("s1") && shown[0]["company"]["label"] == "A",
        "{shown}"
    );
    let shown = made.aggregated(&all, project).await.unwrap();
    assert_eq!(shown[0]["company"]["secret"], "s1");
}

#[tokio::test]
async fn histories_tell_nothing_of_hidden_copies() {
    let made = made().await;
    let company = made.read(&made.bed.developer).await["company"]["id"].clone();
    made.bed
        .update(company.as_str().unwrap(), r#"{"secret":"s2"}"#)
        .await
        .unwrap();
    made.bed.app.run_jobs().await;
    let engine = &made.bed.app.engine;
    for (groups, tells) in [("all", true), ("partly", false), ("none", false)] {
        let query = HistoryQuery {
            event_types: None,
            from: None,
            to: None,
            size: 20,
            after: None,
        };
        let call = caller(&[groups]);
        let told = engine.record_history(&call, &made.contacts, &made.contact, &query);
        let told: Vec<String> = told
            .await
            .unwrap()
            .items
            .iter()
            .map(|item| tree(item).to_string())
            .collect();
        let told = told.join("\n");
        assert_eq!(
            told.contains("\"s1\"") && told.contains("\"s2\""),
            tells,
            "{groups} {told}"
        );
        assert!(
            tells || !(told.contains("s1") || told.contains("s2")),
            "{groups} {told}"
        );
    }
}
