//! Groups of a user as a client names them: by id or name, one of them the primary one.
//!
//! They are stored as a list of names whose first is the primary one. While an app is applied, only its groups can be
//! given; one that a user has from an earlier definition stays until it is taken away.

use app::App;
use model::{Code, Error};
use storage::tables::identity::User;

use crate::apps::group_id;

/// The most groups of one user.
const MOST: usize = 100;

/// A group as a client names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupChoice {
    /// Its id, which wins over the name.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is the primary one.
    pub primary: bool,
    /// Whether another system gave it to the user.
    pub external: bool,
}

/// Groups that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Groups {
    /// Names; the first is the primary one.
    pub(super) names: Vec<String>,
    /// Those that another system gave.
    pub(super) external: Vec<String>,
}

impl Groups {
    /// Finds the groups that a client names.
    pub(super) fn find(app: Option<&App>, choices: &[GroupChoice]) -> Result<Self, Error> {
        if choices.len() > MOST {
            let message = format!("a user has {MOST} groups at most, got {}", choices.len());
            return Err(Error::bad_value("groups", message));
        }
        let primaries = choices.iter().filter(|choice| choice.primary).count();
        if primaries > 1 || (primaries == 0 && choices.len() > 1) {
            let message = format!("exactly one group must be the primary one, got {primaries}");
            return Err(Error::bad_value("groups", message));
        }
        let mut groups = Self::default();
        for (place, choice) in choices.iter().enumerate() {
            let name = name_of(app, choice)
                .map_err(|(_, message)| Error::bad_value(format!("groups[{place}]"), message))?;
            if groups.names.contains(&name) {
                let message = format!("the group is there twice: {name}");
                return Err(Error::bad_value(format!("groups[{place}]"), message));
            }
            groups.add(name, choice);
        }
        Ok(groups)
    }

    /// Those of a user.
    pub(super) fn of(user: &User) -> Self {
        Self {
            names: user.groups.clone(),
            external: user.details.external_groups.clone(),
        }
    }

    /// Makes them those of a user.
    pub(super) fn give_to(self, user: &mut User) {
        user.groups = self.names;
        user.details.external_groups = self.external;
    }

    /// Adds a group, or changes how it is there. The first group of a user is the primary one.
    pub(super) fn add(&mut self, name: String, choice: &GroupChoice) {
        let place = self.names.iter().position(|known| *known == name);
        match (place, choice.primary) {
            (Some(place), true) => self.names[..=place].rotate_right(1),
            (Some(_), false) => {}
            (None, true) => self.names.insert(0, name.clone()),
            (None, false) => self.names.push(name.clone()),
        }
        self.external.retain(|known| *known != name);
        if choice.external {
            self.external.push(name);
        }
    }

    /// Takes a group away; whether it was there. After the primary one the next becomes it.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let before = self.names.len();
        self.names.retain(|known| known != name);
        self.external.retain(|known| known != name);
        self.names.len() < before
    }
}

/// Puts a user into a group, or changes how he is in it.
pub(crate) fn put_into(user: &mut User, group: String, choice: &GroupChoice) {
    let mut groups = Groups::of(user);
    groups.add(group, choice);
    groups.give_to(user);
}

/// Takes a user out of a group; whether he was in it.
pub(crate) fn take_out(user: &mut User, group: &str) -> bool {
    let mut groups = Groups::of(user);
    let was = groups.remove(group);
    groups.give_to(user);
    was
}

/// The group that a client names, for calls about one group.
pub(crate) fn find_one(app: Option<&App>, choice: &GroupChoice) -> Result<String, Error> {
    name_of(app, choice).map_err(|(code, message)| Error::new(code, message))
}

fn name_of(app: Option<&App>, choice: &GroupChoice) -> Result<String, (Code, String)> {
    match (&choice.id, &choice.name, app) {
        (Some(id), _, Some(app)) => {
            let found = app.groups.keys().find(|name| group_id(name) == *id);
            found.cloned().ok_or_else(|| not_found(id))
        }
        (Some(id), ..) => Err(not_found(id)),
        (None, Some(name), Some(app)) if app.group(name).is_none() => Err(not_found(name)),
        (None, Some(name), _) => Ok(name.clone()),
        (None, None, _) => Err((
            Code::BadRequest,
            "the id or the name of the group is required".to_owned(),
        )),
    }
}

fn not_found(what: &str) -> (Code, String) {
    (
        Code::NotFound,
        Error::not_found("group", what).message().to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::{GroupChoice, Groups};

    fn choice(name: &str, primary: bool, external: bool) -> GroupChoice {
        GroupChoice {
            id: None,
            name: Some(name.to_owned()),
            primary,
            external,
        }
    }

    #[test]
    fn the_primary_group_comes_first() {
        let groups = Groups::find(
            None,
            &[
                choice("a", false, false),
                choice("b", true, true),
                choice("c", false, true),
            ],
        );
        let mut groups = groups.unwrap();
        assert_eq!(
            (groups.names.join(""), groups.external.join("")),
            ("bac".into(), "bc".into())
        );
        groups.add("c".to_owned(), &choice("c", true, false));
        groups.add("d".to_owned(), &choice("d", false, false));
        assert_eq!(
            (groups.names.join(""), groups.external.join("")),
            ("cbad".into(), "b".into())
        );
        assert!(groups.remove("c") && !groups.remove("c"));
        assert_eq!(groups.names.join(""), "bad");
    }

    #[test]
    fn exactly_one_is_primary() {
        let of = |choices: &[GroupChoice]| Groups::find(None, choices).is_ok();
        assert!(of(&[]) && of(&[choice("a", false, false)]));
        assert!(!of(&[choice("a", false, false), choice("b", false, false)]));
        assert!(!of(&[choice("a", true, false), choice("b", true, false)]));
        assert!(!of(&[choice("a", true, false), choice("a", false, false)]));
        assert!(!of(&[GroupChoice::default()]));
    }
}
