//! Companies and their contacts, as in the samples of the original's documents, and somebody who may read some of them.

use engine::Options;
use engine::records::{Call, EntityRef, HistoryQuery, Listing};
use model::Error;
use serde_json::Value as Json;
use testkit::TestOptions;

use crate::support::{Bed, body, json};

const COMPANIES: &str = r#"
name: companies
label: Companies
type: data
recordLabel: fields/name
auditLogs: AUDIT
fields:
  - {name: name, label: Name, type: text, required: always, unique: true}
  - {name: state, label: State, type: choice, defaultValue: active, indexable: true,
     typeRules: {possibleValues: [{name: pending, label: Pending}, {name: active, label: Active}]}}
  - {name: type, label: Type, type: choice,
     typeRules: {possibleValues: [{name: a, label: A}, {name: b, label: B}]}}
  - {name: numberOfEmployees, label: Number of employees, type: integer}
  - {name: isCustomer, label: Is customer, type: boolean}
  - name: contactInformation
    label: Contact Information
    type: nestedFields
    nestedFields:
      - {name: phoneNumber, label: Phone number, type: phone}
      - {name: email, label: Email, type: email}
      - {name: pin, label: PIN, type: text, sensitiveData: true}
  - name: addresses
    label: Addresses
    type: nestedFields
    multiplicity: many
    typeRules: {recordLabel: fields/city}
    nestedFields:
      - {name: city, label: City, type: text}
      - {name: score, label: Score, type: bigNumber}
  - {name: taxId, label: Tax ID, type: maskedText, typeRules: {mask: "999-aaa"}}
  - {name: rating, label: Rating, type: bigNumber}
  - {name: secret, label: Secret, type: text, sensitiveData: true}
  - {name: draft, label: Draft, type: text, transient: true}
  - {name: lastUpdate, label: Last update, type: dateRecordModified}
"#;

const CONTACTS: &str = r#"
name: contacts
label: Contacts
type: data
recordLabel: fields/lastName
fields:
  - {name: lastName, label: Last name, type: text}
  - {name: email, label: Email, type: email}
  - {name: numberOfSkills, label: Number of skills, type: integer}
  - {name: company, label: Company, type: relationship, typeRules: {entity: companies}}
"#;

const SALES: &str = r#"
name: sales
label: Sales people
entityPermissions:
  - entity: companies
    read: {state: active}
    create: never
    update: never
    delete: never
    auditLogs: {isCustomer: true}
    fields:
      - {field: rating, permission: none}
      - {field: contactInformation.phoneNumber, permission: none}
      - {field: addresses.score, permission: none}
  - entity: contacts
    read: {numberOfSkills: "greater(0)"}
    create: never
    update: never
    delete: never
    auditLogs: never
    fields:
      - {field: email, permission: none}
"#;

/// The server with this app.
pub(crate) struct Crm {
    pub(crate) bed: Bed,
    pub(crate) contacts: EntityRef,
}

impl Crm {
    /// With everything kept of companies.
    pub(crate) async fn new() -> Self {
        Self::auditing("true").await
    }

    /// With these audit settings of companies.
    pub(crate) async fn auditing(audit: &str) -> Self {
        Self::with(audit, Options::default()).await
    }

    pub(crate) async fn with(audit: &str, engine: Options) -> Self {
        let options = TestOptions {
            engine,
            ..TestOptions::default()
        };
        let files = [
            ("entities/companies.yaml", &*COMPANIES.replace("AUDIT", audit)),
            ("entities/contacts.yaml", CONTACTS),
            ("groups/sales.yaml", SALES),
        ];
        let bed = Bed::with(options, &files).await;
        let contacts = bed.app.engine.record_entity("contacts").unwrap();
        Self { bed, contacts }
    }

    pub(crate) async fn contact(&self, text: &str) {
        let engine = &self.bed.app.engine;
        let made = engine.create_record(&self.bed.developer, &self.contacts, body(text));
        made.await.unwrap();
    }

    pub(crate) async fn aggregate(
        &self,
        call: &Call,
        entity: &EntityRef,
        stages: &str,
    ) -> Result<Vec<Json>, Error> {
        let stages = body(stages);
        let engine = &self.bed.app.engine;
        let results = engine.aggregate_records(call, entity, stages.root()).await?;
        Ok(results.iter().map(json).collect())
    }

    pub(crate) async fn delete(&self, id: &str) {
        let engine = &self.bed.app.engine;
        let deleted = engine.delete_record(&self.bed.developer, &self.bed.companies, id);
        deleted.await.unwrap();
    }

    /// The history of one company.
    pub(crate) async fn history(&self, call: &Call, id: &str) -> Result<Vec<Json>, Error> {
        let told = self.page(call, Some(id), &usual()).await?;
        assert_eq!(told.total, told.items.len() as u64);
        Ok(told.items.iter().map(json).collect())
    }

    /// A page of the history of one company, or of all.
    pub(crate) async fn page(
        &self,
        call: &Call,
        id: Option<&str>,
        query: &HistoryQuery,
    ) -> Result<Listing, Error> {
        let (engine, companies) = (&self.bed.app.engine, &self.bed.companies);
        match id {
            Some(id) => engine.record_history(call, companies, id, query).await,
            None => engine.entity_history(call, companies, query).await,
        }
    }
}

/// A page of the usual size.
pub(crate) fn usual() -> HistoryQuery {
    HistoryQuery {
        size: 20,
        ..HistoryQuery::default()
    }
}
