//! Paths as they are written, resolved to where the value is stored.

use std::sync::LazyLock;

use crate::{Field, FieldType, Fields, RelationshipRules, Rule, TextRules, USERS, values};

use super::Frame;

/// A step of a stored path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// Whether there is a list.
    pub(crate) many: bool,
}

/// Where a path leads.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End<'a>,
    /// Whether a sensitive field lies on the way.
    pub(crate) sensitive: bool,
}

/// What is at the end of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End<'a> {
    /// The id of a record.
    RecordId,
    /// An id of another form, a label, a name.
    Text,
    /// The name of a group, which is kept by its id.
    GroupName,
    /// The version of a record.
    Version,
    /// A field.
    Field(&'a Field),
}

impl Target<'_> {
    /// Where the form is that compares as it should.
    pub(crate) fn compared(&self) -> Vec<Step> {
        let mut steps = self.steps.clone();
        match self.kind() {
            Some(kind) if values::shadow(kind) => {
                let last = steps.len().saturating_sub(1);
                steps.insert(last, step(values::SHADOWS, false));
            }
            Some(FieldType::DynamicChoice(_)) => steps.push(step("selectedValue", false)),
            _ => {}
        }
        steps
    }

    pub(crate) fn kind(&self) -> Option<&FieldType> {
        match self.end {
            End::Field(field) => Some(&field.kind),
            _ => None,
        }
    }

    /// The steps with one more behind them.
    pub(crate) fn inner(&self, name: &str) -> Vec<Step> {
        let mut steps = self.steps.clone();
        steps.push(step(name, false));
        steps
    }

    /// The stored path.
    pub(crate) fn dotted(&self) -> String {
        super::document::dotted(&self.steps)
    }

    /// Whether there may be several values.
    pub(crate) fn is_many(&self) -> bool {
        self.steps.iter().any(|step| step.many)
    }
}

fn step(name: &str, many: bool) -> Step {
    Step {
        name: name.to_owned(),
        many,
    }
}

impl<'a> Frame<'a> {
    /// Where a path leads.
    ///
    /// # Errors
    /// Why it leads nowhere.
    pub(crate) fn resolve(&self, path: &str) -> Result<Target<'a>, String> {
        let mut target = Target {
            steps: Vec::new(),
            end: End::Text,
            sensitive: false,
        };
        let names: Vec<&str> = path.split('.').collect();
        self.within(self.fields, &names, self.own, &mut target)?;
        Ok(target)
    }

    /// Follows the names from these fields on; goes one name further with each call.
    fn within(
        &self,
        fields: &'a Fields,
        names: &[&str],
        own: [bool; 3],
        target: &mut Target<'a>,
    ) -> Result<(), String> {
        let Some((name, rest)) = names.split_first() else {
            return Err("the path ends with a point".to_owned());
        };
        let Some(field) = fields.get(name) else {
            return system(name, rest, own, target);
        };
        target.steps.push(step(name, field.many));
        target.sensitive |= field.sensitive;
        if rest.is_empty() {
            target.end = End::Field(field);
            return Ok(());
        }
        match &field.kind {
            FieldType::Nested { fields, .. } => self.within(fields, rest, [true, true, false], target),
            FieldType::Relationship(rules) => self.copied(rules, rest, target),
            FieldType::Group { .. } => part(field, rest, &["id", "label", "name"], target),
            FieldType::File => part(field, rest, &["id", "name"], target),
            FieldType::DynamicChoice(_) => part(field, rest, &["selectedValue"], target),
            _ => Err(format!("`{name}` has no fields in it")),
        }
    }

    /// What a relationship keeps of the other record.
    fn copied(
        &self,
        rules: &'a RelationshipRules,
        rest: &[&str],
        target: &mut Target<'a>,
    ) -> Result<(), String> {
        let path = rest.join(".");
        let kept = |copied: &String| path == *copied || path.starts_with(&format!("{copied}."));
        if rules.copied.iter().any(kept) {
            if rules.entity == USERS {
                return self.within(&USER_FIELDS, rest, [false; 3], target);
            }
            if let Some(other) = self.app.entity(&rules.entity) {
                return self.within(&other.fields, rest, [false; 3], target);
            }
        }
        match rest {
            ["id"] if rules.entity != USERS => target.end = End::RecordId,
            ["id" | "label"] => target.end = End::Text,
            _ => {
                return Err(format!(
                    "`{path}` is not copied from `{}`; there are `id`, `label` and copied fields",
                    rules.entity
                ));
            }
        }
        target.steps.push(step(&path, false));
        Ok(())
    }
}

/// `id`, `label` and `version`, where there are these.
fn system(name: &str, rest: &[&str], own: [bool; 3], target: &mut Target<'_>) -> Result<(), String> {
    let [id, label, version] = own;
    target.end = match name {
        "id" if id => End::RecordId,
        "label" if label => End::Text,
        "version" if version => End::Version,
        "" => return Err("the path has an empty step".to_owned()),
        _ => return Err(format!("there is no field `{}`", query::cut(name))),
    };
    if !rest.is_empty() {
        return Err(format!("`{name}` has no fields in it"));
    }
    target.steps.push(step(name, false));
    Ok(())
}

/// A part of a value that has a few.
fn part(field: &Field, rest: &[&str], known: &[&str], target: &mut Target<'_>) -> Result<(), String> {
    match rest {
        [name] if known.contains(name) => {
            let is_group = matches!(field.kind, FieldType::Group { .. });
            let (end, stored) = match *name {
                "name" if is_group => (End::GroupName, "id"),
                name => (End::Text, name),
            };
            target.end = end;
            target.steps.push(step(stored, false));
            Ok(())
        }
        _ => Err(format!("`{}` has only {}", field.name, known.join(", "))),
    }
}

/// What a relationship to users may copy.
static USER_FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let names = ["email", "firstName", "lastName", "fullName"];
    Fields(
        names
            .map(|name| plain(name, FieldType::Text(TextRules::default()), false))
            .into(),
    )
});

/// A field without rules of its own.
pub(crate) fn plain(name: &str, kind: FieldType, many: bool) -> Field {
    Field {
        name: name.to_owned(),
        label: name.to_owned(),
        kind,
        many,
        required: Rule::Never,
        unique: false,
        indexable: false,
        transient: false,
        sensitive: false,
        default: None,
        calculation: None,
        read_access: Rule::Always,
        write_access: Rule::Always,
        validation: None,
    }
}
