//! Entities: what records of one sort consist of and how they behave.

use crate::{Fields, FunctionName, Rule};

/// An entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Full name, with its folders: `crm.contacts`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Sort of entity.
    pub kind: EntityKind,
    /// What a record's label is made of.
    pub record_label: LabelRule,
    /// What is kept of changes.
    pub audit: Audit,
    /// Unique fields by which relationships to it are found in input, by name.
    pub lookup_fields: Vec<String>,
    /// Declared indexes.
    pub indexes: Vec<Index>,
    /// Its fields, in order.
    pub fields: Fields,
    /// The function that checks a whole record.
    pub validations: Option<FunctionName>,
    /// Its actions, in order.
    pub actions: Vec<Action>,
    /// The text of its JavaScript file.
    pub script: Option<String>,
}

/// Sorts of entities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntityKind {
    /// Records that users keep.
    #[default]
    Data,
    /// Records that belong to the app.
    Enum,
    /// Records that are computed.
    Calculated,
}

/// What a label is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelRule {
    /// Nothing said: of a record its id, of nested fields the field's label.
    #[default]
    None,
    /// The value of this field.
    Field(String),
    /// What the function gives.
    Script(FunctionName),
}

/// An index over fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Paths of fields, in order.
    pub fields: Vec<String>,
    /// Whether two records may not have the same values.
    pub unique: bool,
}

/// What is kept of changes (`auditLogs`). All false: no history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Of changes by users.
    pub users: AuditEvents,
    /// Of changes by scripts.
    pub scripts: AuditEvents,
    /// Of changes by the server itself: cascades and changes of the app.
    pub system: bool,
    /// How long; none as long as the record.
    pub expiry: Option<Expiry>,
}

impl Audit {
    /// Whether anything is kept.
    #[must_use]
    pub fn is_on(&self) -> bool {
        let any = |events: AuditEvents| events.created || events.changed || events.deleted || events.actions;
        any(self.users) || any(self.scripts) || self.system
    }
}

/// Which events are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditEvents {
    /// Creations.
    pub created: bool,
    /// Changes.
    pub changed: bool,
    /// Deletions.
    pub deleted: bool,
    /// Actions.
    pub actions: bool,
}

/// How long a history is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// How many.
    pub value: u32,
    /// Of what.
    pub period: Period,
}

/// Units of [`Expiry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Days.
    Days,
    /// Weeks.
    Weeks,
    /// Months.
    Months,
}

/// An action.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Name.
    pub name: String,
    /// Label.
    pub label: String,
    /// What it runs on.
    pub kind: ActionKind,
    /// When it may run.
    pub precondition: Rule,
    /// Its parameters, described as fields.
    pub parameters: Fields,
    /// The function that does it.
    pub function: FunctionName,
    /// Whether it runs as a job unless the caller says otherwise.
    pub in_background: bool,
    /// Whether what the function returns is the answer.
    pub result_as_response: bool,
    /// Whether parameters linked to fields are saved first.
    pub save_first: bool,
}

/// What an action runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActionKind {
    /// Each record by itself.
    #[default]
    OneRecord,
    /// All chosen records at once.
    ManyRecords,
    /// No record.
    Global,
}
