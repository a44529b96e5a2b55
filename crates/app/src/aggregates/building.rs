//! [`Building`]: the stages so far, and what documents look like behind them.

use jsonb::{Jsonb, Value};
use query::Pipeline;

use crate::lower::document::{list_of, one, text};
use crate::lower::path::{End, Target};
use crate::lower::{Frame, Scope};
use crate::{Field, FieldType, Fields};

use super::{Aggregate, Lookup, Output};

/// An aggregate that is being put together.
pub(super) struct Building<'a> {
    pub(super) scope: Scope<'a>,
    /// How many operations there were.
    pub(super) place: usize,
    /// The fields that documents have.
    pub(super) fields: Fields,
    /// Whether they have `id`, `label`, `version`.
    pub(super) own: [bool; 3],
    /// Whether they are still records.
    pub(super) records: bool,
    /// Whether fields were chosen.
    pub(super) chosen: bool,
    /// Fields that are not the entity's own.
    pub(super) made: Vec<String>,
    pub(super) lookups: Vec<Lookup>,
    used: Vec<String>,
    stages: Vec<Jsonb>,
}

impl<'a> Building<'a> {
    pub(super) fn new(scope: Scope<'a>) -> Self {
        Self {
            scope,
            place: 0,
            fields: scope.entity.fields.clone(),
            own: [true; 3],
            records: true,
            chosen: false,
            made: Vec::new(),
            lookups: Vec::new(),
            used: Vec::new(),
            stages: Vec::new(),
        }
    }

    /// What paths are resolved in.
    pub(super) fn frame(&self) -> Frame<'_> {
        Frame {
            app: self.scope.app,
            zone: self.scope.zone,
            user: self.scope.user,
            fields: &self.fields,
            own: self.own,
        }
    }

    /// Adds a stage of the query core.
    pub(super) fn add(&mut self, name: &str, value: &Jsonb) {
        self.stages.push(one(name, value));
    }

    pub(super) fn is_first(&self) -> bool {
        self.stages.is_empty()
    }

    /// Notes that an operation looks at a field.
    pub(super) fn uses(&mut self, path: &str) {
        if !self.records {
            return;
        }
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if let Some(lookup) = self.lookups.iter_mut().find(|lookup| lookup.path == first) {
            lookup.fields_used.push(rest.to_owned());
        } else if !self.made.iter().any(|made| made == first) {
            self.used.push(path.to_owned());
        }
    }

    /// Begins documents of another kind, with these fields.
    pub(super) fn become_computed(&mut self, fields: Fields) {
        self.fields = fields;
        self.own = [false; 3];
        self.records = false;
    }

    /// Adds a field that is not the entity's.
    pub(super) fn make(&mut self, field: Field) -> Result<(), String> {
        name(&field.name)?;
        if self.fields.get(&field.name).is_some() || ["id", "label", "version"].contains(&field.name.as_str())
        {
            return Err(format!("there is a field `{}` already", field.name));
        }
        self.made.push(field.name.clone());
        self.fields.0.push(field);
        Ok(())
    }

    /// Leaves out what nobody asked for.
    pub(super) fn leave_out(&mut self) {
        if self.records && !self.chosen {
            self.add("$unset", &list_of(&[text("label"), text("version")]));
            self.own = [true, false, false];
        }
    }

    pub(super) fn stages(&self) -> Jsonb {
        list_of(&self.stages)
    }

    pub(super) fn into_aggregate(mut self, pipeline: Pipeline) -> Aggregate {
        once(&mut self.used);
        self.lookups
            .iter_mut()
            .for_each(|lookup| once(&mut lookup.fields_used));
        let [id, label, _] = self.own;
        Aggregate {
            pipeline,
            fields_used: self.used,
            lookups: self.lookups,
            output: Output {
                fields: self.fields,
                id,
                label,
                records: self.records,
            },
        }
    }
}

fn once(paths: &mut Vec<String>) {
    paths.sort_unstable();
    paths.dedup();
}

/// A value for a message.
pub(super) fn shown(value: Value<'_>) -> String {
    query::cut(&value.to_text().unwrap_or_default())
}

/// Checks the name of a field that is made.
pub(super) fn name(name: &str) -> Result<(), String> {
    let sound = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_');
    match sound {
        true => Ok(()),
        false => Err(format!(
            "{:?} is no name for a field: letters, digits and `_`, a letter first",
            query::cut(name)
        )),
    }
}

/// A stored path in an expression.
pub(super) fn at(path: &str) -> Jsonb {
    text(&format!("${path}"))
}

/// An operator and its arguments.
pub(super) fn call(name: &str, arguments: &[Jsonb]) -> Jsonb {
    one(name, &list_of(arguments))
}

/// `then` where `test` has a value, else `otherwise`.
pub(super) fn if_there(test: &Jsonb, then: &Jsonb, otherwise: &Jsonb) -> Jsonb {
    let there = call("$gt", &[test.clone(), crate::lower::document::null()]);
    call("$cond", &[there, then.clone(), otherwise.clone()])
}

/// The field at the end of a path; ids, labels and versions as fields of their type.
pub(super) fn described(target: &Target<'_>, name: &str) -> Field {
    let kind = match target.end {
        End::Field(field) => field.kind.clone(),
        End::RecordId | End::Text | End::GroupName => FieldType::Text(crate::TextRules::default()),
        End::Version => FieldType::Integer(crate::Range::default()),
    };
    crate::lower::path::plain(name, kind, target.is_many())
}
