//! What the tests of this crate share: a small app and a user.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lower::CurrentUser;
use crate::lower::path::plain;
use crate::{
    App, Audit, Choice, DeletePolicy, Entity, EntityKind, Field, FieldType, Fields, Group, LabelRule,
    PasswordPolicy, RelationshipRules, RestApi, SessionPolicy,
};

/// A user with a first name, two groups and no phone.
pub(crate) struct User;

impl CurrentUser for User {
    fn values(&self, path: &str) -> Option<Vec<String>> {
        match path {
            "id" => Some(vec!["7".to_owned()]),
            "firstName" => Some(vec!["Two".to_owned()]),
            "groups" => Some(vec!["One".to_owned(), "sales".to_owned()]),
            "phone" => Some(vec![]),
            _ => None,
        }
    }
}

pub(crate) fn choices() -> Vec<Choice> {
    let choice = |name: &str| Choice {
        name: name.to_owned(),
        label: name.to_uppercase(),
    };
    ["a", "b"].map(choice).into()
}

pub(crate) fn relationship(entity: &str, copied: &[&str]) -> FieldType {
    FieldType::Relationship(Box::new(RelationshipRules {
        entity: entity.to_owned(),
        filter: None,
        copied: copied.iter().map(|path| (*path).to_owned()).collect(),
        on_delete: DeletePolicy::None,
        follows_label: true,
    }))
}

pub(crate) fn nested(fields: Vec<Field>) -> FieldType {
    FieldType::Nested {
        label: LabelRule::None,
        fields: Fields(fields),
    }
}

pub(crate) fn text(name: &str) -> Field {
    plain(name, FieldType::Text(Default::default()), false)
}

pub(crate) fn integer(name: &str) -> Field {
    plain(name, FieldType::Integer(Default::default()), false)
}

/// Fields of the entity `things` that have parts.
pub(crate) fn nested_fields() -> Vec<Field> {
    let contact = plain("contact", nested(vec![text("email")]), false);
    let addresses = plain(
        "addresses",
        nested(vec![text("state"), text("city"), integer("rank")]),
        true,
    );
    let company = plain("company", relationship("companies", &["type"]), false);
    let place = plain("place", FieldType::GeoPoint, false);
    let secret = Field {
        sensitive: true,
        ..text("secret")
    };
    vec![contact, addresses, company, place, secret]
}

pub(crate) fn entity(name: &str, fields: Vec<Field>) -> Arc<Entity> {
    Arc::new(Entity {
        name: name.to_owned(),
        label: name.to_owned(),
        kind: EntityKind::Data,
        record_label: LabelRule::None,
        audit: Audit::default(),
        lookup_fields: vec![],
        indexes: vec![],
        fields: Fields(fields),
        validations: None,
        actions: vec![],
        script: None,
    })
}

pub(crate) fn group(name: &str, label: &str) -> Group {
    Group {
        name: name.to_owned(),
        label: label.to_owned(),
        impersonates: false,
        entities: vec![],
        passwords: PasswordPolicy::default(),
        sessions: SessionPolicy::default(),
        rest: RestApi {
            data: true,
            files_read: true,
            files_upload: true,
            jobs: true,
        },
        allowed_ips: vec![],
    }
}

/// An app with the entity `things` of these fields, and `companies`.
pub(crate) fn app(fields: Vec<Field>) -> App {
    let company = vec![
        text("name"),
        plain("type", FieldType::Choice(choices()), false),
        integer("size"),
    ];
    let entities = [entity("things", fields), entity("companies", company)];
    App {
        name: "test".to_owned(),
        label: "Test".to_owned(),
        timezone: "UTC".to_owned(),
        entities: BTreeMap::from(entities.map(|entity| (entity.name.clone(), entity))),
        groups: BTreeMap::from([("sales".to_owned(), Arc::new(group("sales", "Sales people")))]),
        ..App::default()
    }
}
