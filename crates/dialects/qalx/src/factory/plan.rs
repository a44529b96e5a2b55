//! What a factory plan must be: the client does not look at it, so every fault that would show only in the middle of a
//! build is told here, with its path.
//!
//! A plan is YAML, of which JSON is a part. Keys that nobody reads are passed over, as everywhere in the dialect.

mod bots;
mod faults;
mod stages;
mod workflows;

use model::{Code, Error};
use yaml_serde::{Mapping, Value};

use faults::{Faults, Node};

/// The most faults that are told at once.
const MOST: usize = 50;

/// Checks the text of a plan.
///
/// # Errors
/// `bad-value` of the field `plan`, with a detail per fault.
pub(crate) fn check(text: &str) -> Result<(), Error> {
    let plan: Value =
        yaml_serde::from_str(text).map_err(|error| refusal(vec![format!("not YAML: {error}")]))?;
    let mut faults = Faults::default();
    Node::root(&plan).check(&mut faults);
    match faults.into_list() {
        list if list.is_empty() => Ok(()),
        list => Err(refusal(list)),
    }
}

fn refusal(faults: Vec<String>) -> Error {
    let more = faults.len().saturating_sub(MOST);
    let mut faults = faults.into_iter().take(MOST);
    let first = faults.next().unwrap_or_default();
    let error = faults.fold(
        Error::of_field(Code::BadValue, "plan".to_owned(), first),
        |error, fault| error.with_detail("plan", fault),
    );
    if more == 0 {
        return error;
    }
    error.with_detail("plan", format!("and {more} more faults"))
}

impl Node<'_> {
    fn check(&self, faults: &mut Faults) {
        let Some(top) = self.object(faults) else {
            return;
        };
        let Some(factory) = self.required("factory", top, faults) else {
            return;
        };
        let Some(parts) = factory.object(faults) else {
            return;
        };
        if let Some(name) = factory.required("name", parts, faults) {
            name.text(faults);
        }
        bots::check(&factory, parts, faults);
        stages::check(&factory, parts, faults);
        workflows::check(&factory, parts, faults);
        check_alarms(&factory, parts, faults);
        check_rest(&factory, parts, faults);
    }
}

fn check_alarms(factory: &Node<'_>, parts: &Mapping, faults: &mut Faults) {
    let Some(alarms) = factory.optional("alarms", parts) else {
        return;
    };
    for alarm in alarms.members(faults) {
        let Some(properties) = alarm.object(faults) else {
            continue;
        };
        if let Some(actions) = alarm.optional("AlarmActions", properties) {
            for action in actions.elements(faults) {
                action.text(faults);
            }
        }
    }
}

fn check_rest(factory: &Node<'_>, parts: &Mapping, faults: &mut Faults) {
    if let Some(meta) = factory.optional("meta", parts) {
        meta.members(faults);
    }
    for tag in factory
        .optional("tags", parts)
        .map_or_else(Vec::new, |tags| tags.members(faults))
    {
        tag.text(faults);
    }
    let Some(debug) = factory.optional("debug", parts) else {
        return;
    };
    let Some(switches) = debug.object(faults) else {
        return;
    };
    if let Some(demolish) = debug.optional("demolish_on_failure", switches) {
        demolish.truth(faults);
    }
}

/// Whether the part of that name has a member of this one.
fn is_member(parts: &Mapping, part: &str, name: &str) -> bool {
    parts
        .get(part)
        .and_then(Value::as_mapping)
        .is_some_and(|members| members.contains_key(name))
}

#[cfg(test)]
mod tests;
