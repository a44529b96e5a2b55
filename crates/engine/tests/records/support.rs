//! A server with a small app, and short words for what tests do with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::App;
use engine::identity::NewUser;
use engine::records::{Call, EntityRef, ListQuery, Listing, Shape};
use jsonb::{Jsonb, Limits};
use model::{Error, Roles};
use serde_json::Value as Json;
use testkit::{PASSWORD, TestApp, TestOptions};

/// The app of these tests.
pub(crate) const COMPANIES: &str = r#"
name: companies
label: Companies
type: data
recordLabel: fields/name
auditLogs: true
lookupFields: [taxId]
indexes:
  - {fields: [state, type], unique: true}
fields:
  - {name: name, label: Name, type: text, required: always, unique: true, indexable: true}
  - {name: state, label: State, type: choice, defaultValue: pending, indexable: true,
     typeRules: {possibleValues: [{name: pending, label: Pending}, {name: active, label: Active}]}}
  - {name: type, label: Type, type: text}
  - {name: employees, label: Employees, type: integer, typeRules: {minValue: 0}}
  - {name: isCustomer, label: Is customer, type: boolean}
  - name: contact
    label: Contact
    type: nestedFields
    nestedFields:
      - {name: email, label: Email, type: email}
      - {name: phone, label: Phone, type: phone}
  - name: addresses
    label: Addresses
    type: nestedFields
    multiplicity: many
    typeRules: {recordLabel: fields/city}
    nestedFields:
      - {name: city, label: City, type: text, required: always}
      - {name: zip, label: Zip, type: text, typeRules: {regex: "\\d{5}"}}
  - {name: taxId, label: Tax ID, type: maskedText, unique: true, typeRules: {mask: "999-aaa"}}
  - {name: rating, label: Rating, type: bigNumber}
  - {name: tags, label: Tags, type: text, multiplicity: many}
  - {name: number, label: Number, type: autoIncrement, typeRules: {minValue: 100}}
  - {name: made, label: Made, type: dateRecordCreated}
  - {name: touched, label: Touched, type: dateRecordModified}
  - {name: parent, label: Parent, type: relationship,
     typeRules: {entity: companies, filter: {state: active}, copiedFields: [type, contact.email]}}
  - {name: owner, label: Owner, type: relationship, defaultValue: $currentUser, typeRules: {entity: sys.users}}
  - {name: team, label: Team, type: group}
"#;

pub(crate) const GROUP: &str = r#"
name: sales
label: Sales people
entityPermissions:
  - entity: companies
    read: {state: active}
    create: always
    update: {isCustomer: false}
    delete: never
    auditLogs: never
    fields:
      - {field: rating, permission: none}
      - {field: employees, permission: readOnly}
      - {field: contact.phone, permission: none}
"#;

/// A server, and who uses it.
pub(crate) struct Bed {
    pub(crate) app: TestApp,
    pub(crate) developer: Call,
    pub(crate) seller: Call,
    pub(crate) companies: EntityRef,
}

/// The app of these files.
pub(crate) fn defined(files: &[(&str, &str)]) -> Arc<App> {
    Arc::new(testkit::definition(files).app)
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::of(&[
            ("entities/companies.yaml", COMPANIES),
            ("groups/sales.yaml", GROUP),
        ])
        .await
    }

    /// With the entities of these files, `companies` among them.
    pub(crate) async fn of(files: &[(&str, &str)]) -> Self {
        Self::with(TestOptions::default(), files).await
    }

    /// The same on a server with these options.
    pub(crate) async fn with(options: TestOptions, files: &[(&str, &str)]) -> Self {
        let app = TestApp::with(options, |edge, _| edge).await;
        let settings = (
            "app.yaml",
            "name: test\nlabel: Test\nenvironment: dev\ntimezone: UTC\n",
        );
        let definition = defined(&[&[settings], files].concat());
        let number = |(number, name): (usize, &String)| (name.clone(), format!("{}", 5 + number).repeat(24));
        let ids: BTreeMap<_, _> = definition.entities.keys().enumerate().map(number).collect();
        app.engine.open_records(&definition, &ids).await.unwrap();
        let developer = Roles {
            admin: false,
            developer: true,
        };
        let developer = call(&app, "dev@example.com", developer, &[]).await;
        let seller = call(&app, "seller@example.com", Roles::default(), &["sales"]).await;
        let companies = app.engine.record_entity("companies").unwrap();
        Self {
            app,
            developer,
            seller,
            companies,
        }
    }

    pub(crate) async fn create(&self, text: &str) -> Result<Json, Error> {
        let made = self
            .app
            .engine
            .create_record(&self.developer, &self.companies, body(text));
        made.await.map(|record| json(&record))
    }

    /// A company of this name, and its id.
    pub(crate) async fn company(&self, name: &str, more: &str) -> String {
        let made = self
            .create(&format!(r#"{{"name":"{name}"{more}}}"#))
            .await
            .unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn update(&self, id: &str, text: &str) -> Result<Json, Error> {
        let changed = self
            .app
            .engine
            .update_record(&self.developer, &self.companies, id, body(text));
        changed.await.map(|record| json(&record))
    }

    pub(crate) async fn read(&self, call: &Call, id: &str) -> Result<Json, Error> {
        let shape = Shape::default();
        let read = self.app.engine.read_record(call, &self.companies, id, &shape);
        Ok(json(&read.await?))
    }

    pub(crate) async fn list(&self, call: &Call, query: &ListQuery) -> Result<Listing, Error> {
        self.app.engine.list_records(call, &self.companies, query).await
    }
}

async fn call(app: &TestApp, email: &str, roles: Roles, groups: &[&str]) -> Call {
    let new = NewUser {
        email: email.to_owned(),
        name: email.to_owned(),
        password: PASSWORD.to_owned(),
        roles,
        groups: groups.iter().map(|name| (*name).to_owned()).collect(),
        projects: vec![],
    };
    let token = app.engine.make_user(new).await.unwrap().token;
    Call::of(&app.engine.authenticate(&token).await.unwrap())
}

/// A body of this text.
pub(crate) fn body(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// A body as a tree.
pub(crate) fn json(body: &Jsonb) -> Json {
    serde_json::from_str(&body.to_text().unwrap()).unwrap()
}

/// The validation items of an error: field, code, and the value that was refused.
pub(crate) fn faults<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Vec<(String, String, Option<String>)> {
    let error = outcome.unwrap_err();
    let items = error.details().iter().map(|detail| {
        let validation = detail.validation.clone().unwrap();
        (
            detail.field.clone(),
            validation.code.into_owned(),
            validation.rejected,
        )
    });
    items.collect()
}

/// The code of an error.
pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T, Error>) -> &'static str {
    outcome.unwrap_err().code().as_str()
}
