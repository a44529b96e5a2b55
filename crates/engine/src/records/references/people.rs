//! Users and groups found by what was sent of them.

use app::values::ReferenceInput;
use jsonb::Jsonb;
use model::Error;
use storage::tables::identity::User;

use super::{Found, Resolver, spelled};
use crate::apps::group_id;

impl Resolver<'_> {
    /// A user: by id, by mail address, by name.
    pub(super) fn user(&mut self, asked: &ReferenceInput) -> Result<Found, Error> {
        let text = spelled(asked);
        let by_id = match asked {
            ReferenceInput::Id(_) | ReferenceInput::Text(_) => {
                self.tx.user_by_oid(&text.to_ascii_lowercase())?
            }
            _ => None,
        };
        if let Some(user) = by_id {
            return Ok(Found::One(user_reference(&user)));
        }
        if matches!(asked, ReferenceInput::Id(_)) {
            return Ok(Found::None);
        }
        let found = self.tx.users_by_label(&text, 2)?;
        Ok(match found.as_slice() {
            [] => Found::None,
            [user] => Found::One(user_reference(user)),
            _ => Found::Several,
        })
    }

    /// A group by its id, else by its name, else by its label.
    pub(super) fn group(&mut self, allowed: &[String], asked: &ReferenceInput) -> Found {
        let groups = &self.catalogue.app().groups;
        let wanted = spelled(asked);
        let by_id = |wanted: &str| groups.values().find(|group| group_id(&group.name) == wanted);
        let by_label = |wanted: &str| groups.values().find(|group| group.label == wanted);
        let found = match asked {
            ReferenceInput::Label(_) => by_label(&wanted),
            _ => by_id(&wanted)
                .or_else(|| groups.get(&wanted))
                .or_else(|| by_label(&wanted)),
        };
        match found.filter(|group| allowed.is_empty() || allowed.contains(&group.name)) {
            Some(group) => {
                let reference = jsonb::object()
                    .field_str("id", &group_id(&group.name))
                    .field_str("label", &group.label);
                Found::One(reference.finish())
            }
            None => Found::None,
        }
    }
}

/// How records refer to a user.
fn user_reference(user: &User) -> Jsonb {
    jsonb::object()
        .field_str("id", &user.oid)
        .field_str("label", &user.name)
        .finish()
}
