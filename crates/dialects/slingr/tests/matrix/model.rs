//! The reference: what a caller may see and do, decided anew from the groups of the case and a record as it is.
//!
//! Records are JSON as a developer sees them, fields with an access rule always included.

use serde_json::{Map, Value, json};

use crate::bed::Who;
use crate::groups::{Group, May, On, Rules};

/// Somebody with some groups of a case.
#[derive(Clone)]
pub(crate) struct Caller<'c> {
    pub(crate) who: Who,
    groups: Vec<&'c Group>,
}

/// What one of the rules of a group is for.
pub(crate) type Right = fn(&Rules) -> On;

impl<'c> Caller<'c> {
    pub(crate) fn new(who: Who, groups: &'c [Group; 2]) -> Self {
        let groups = who.groups().iter().map(|place| &groups[*place]).collect();
        Self { who, groups }
    }

    pub(crate) fn is_developer(&self) -> bool {
        self.who == Who::Developer
    }

    /// The status of whoever gets nowhere at all.
    pub(crate) fn barred(&self) -> Option<u16> {
        match self.who {
            Who::Nobody => Some(401),
            Who::Stranger | Who::Admin => Some(403),
            _ => None,
        }
    }

    fn all(&self, entity: &str) -> Vec<&'c Rules> {
        self.groups.iter().map(|group| group.rules(entity)).collect()
    }

    fn holds(&self, on: On, record: &Value) -> bool {
        match on {
            On::Always => true,
            On::Never => false,
            On::Open => record["state"] == "open",
            On::Mine => record["mail"] == self.who.email(),
        }
    }

    /// The groups that grant a right on a record; what is not read is not changed either.
    pub(crate) fn granting(&self, entity: &str, right: Right, record: &Value) -> Vec<&'c Rules> {
        let mut list = self.all(entity);
        list.retain(|rules| self.holds(rules.read, record) && self.holds(right(rules), record));
        list
    }

    pub(crate) fn reads(&self, entity: &str, record: &Value) -> bool {
        self.is_developer() || !self.granting(entity, |rules| rules.read, record).is_empty()
    }

    /// The status of a right on a record; none when it is granted.
    pub(crate) fn refused(&self, entity: &str, right: Right, record: Option<&Value>) -> Option<u16> {
        let granted = |record| !self.granting(entity, right, record).is_empty();
        let ever = self
            .all(entity)
            .iter()
            .any(|rules| rules.read != On::Never && right(rules) != On::Never);
        match record {
            _ if self.barred().is_some() => self.barred(),
            _ if !self.is_developer() && !ever => Some(403),
            None => Some(404),
            Some(record) if self.is_developer() || granted(record) => None,
            Some(_) => Some(403),
        }
    }

    /// What these groups allow with a field.
    fn may(&self, granting: &[&Rules], path: &str) -> May {
        let best = granting.iter().map(|rules| allowed(rules, path)).max();
        if self.is_developer() {
            May::Write
        } else {
            best.unwrap_or(May::Nothing)
        }
    }

    /// What is shown of a record; of one that is not read only what it is called.
    pub(crate) fn shown(&self, entity: &str, record: &Value) -> Value {
        let granting = self.granting(entity, |rules| rules.read, record);
        let shows = |path: &str| {
            self.may(&granting, path) > May::Nothing && (path != "salary" || record["state"] == "open")
        };
        let mut shown = kept(record, "", &shows);
        if let (false, Some(team)) = (self.sees_copies(), shown.get_mut("team")) {
            team.as_object_mut().unwrap().remove("level");
        }
        shown
    }

    /// Whether the level of a team shows in references: to whom it shows on every team.
    pub(crate) fn sees_copies(&self) -> bool {
        let shows = |rules: &&Rules| rules.read == On::Always && allowed(rules, "level") > May::Nothing;
        self.is_developer() || self.all("teams").iter().any(shows)
    }

    /// Whether a field is told in the history of a record that is this now.
    pub(crate) fn looks_back_at(&self, record: &Value, path: &str) -> bool {
        let granting = self.granting("tasks", |rules| rules.history, record);
        self.may(&granting, path) > May::Nothing && (path != "salary" || record["state"] == "open")
    }

    /// Whether a query may look at a field: whichever groups read a record, one of them shows the field.
    pub(crate) fn queries(&self, entity: &str, path: &str) -> bool {
        if path == "team.level" && !self.sees_copies() {
            return false;
        }
        if ["id", "label"].contains(&path) || self.is_developer() {
            return path != "salary";
        }
        let reading: Vec<_> = self
            .all(entity)
            .into_iter()
            .filter(|rules| rules.read != On::Never)
            .collect();
        let shows = |rules: &&Rules| {
            !rules.fields.iter().any(|(ruled, may)| {
                *may == May::Nothing && (is_within(path, ruled) || is_within(ruled, path))
            })
        };
        // Any of them may be those that read some record, those that always read among them.
        let every_set = (1_u32..1 << reading.len()).all(|set| {
            let set: Vec<_> = reading
                .iter()
                .enumerate()
                .map(|(at, rules)| (set >> at & 1 == 1, *rules))
                .collect();
            let possible = set
                .iter()
                .all(|(is_in, rules)| *is_in || rules.read != On::Always);
            !possible || set.iter().any(|(is_in, rules)| *is_in && shows(rules))
        });
        path != "salary" && !reading.is_empty() && every_set
    }

    /// What becomes of a record by a body; teams are looked up by `team`.
    pub(crate) fn changed(&self, old: &Value, body: &Value, team: &dyn Fn(&str) -> Value) -> Value {
        let granting = self.granting("tasks", |rules| rules.update, old);
        let hidden = |path: &str| path == "salary" && old["state"] != "open";
        let writes = |path: &str| self.may(&granting, path) == May::Write && !hidden(path);
        written(old, body, &writes, team)
    }

    /// What is made of a body: the most that groups together let him write of which each lets him make it.
    pub(crate) fn made(&self, body: &Value, team: &dyn Fn(&str) -> Value) -> Option<Value> {
        let begin = json!({ "state": "open" });
        let mut granting = self.all("tasks");
        granting.retain(|rules| rules.create != On::Never);
        loop {
            let writes = |path: &str| self.may(&granting, path) == May::Write;
            let made = written(&begin, body, &writes, team);
            let before = granting.len();
            granting.retain(|rules| self.holds(rules.create, &made));
            if granting.len() == before {
                return (self.is_developer() || before > 0).then_some(made);
            }
        }
    }
}

/// What one group allows with a field: the strictest of its rules on the way.
fn allowed(rules: &Rules, path: &str) -> May {
    let mut may = May::Write;
    for (ruled, rule) in &rules.fields {
        if is_within(path, ruled) {
            may = may.min(*rule);
        }
    }
    may
}

fn is_within(inner: &str, outer: &str) -> bool {
    inner == outer || inner.starts_with(&format!("{outer}."))
}

const SYSTEM: [&str; 4] = ["id", "label", "version", "entity"];

fn kept(value: &Value, under: &str, shows: &dyn Fn(&str) -> bool) -> Value {
    let Some(map) = value.as_object() else {
        return value.clone();
    };
    let mut out = Map::new();
    for (key, value) in map {
        let path = if under.is_empty() {
            key.clone()
        } else {
            format!("{under}.{key}")
        };
        if SYSTEM.contains(&&**key) {
            out.insert(key.clone(), value.clone());
        } else if shows(&path) {
            let value = match value {
                Value::Array(items) => items.iter().map(|item| kept(item, &path, shows)).collect(),
                value => value.clone(),
            };
            out.insert(key.clone(), value);
        }
    }
    Value::Object(out)
}

/// A record with what a body says of fields that may be written.
fn written(old: &Value, body: &Value, writes: &dyn Fn(&str) -> bool, team: &dyn Fn(&str) -> Value) -> Value {
    let mut new = old.clone();
    for (key, value) in body.as_object().unwrap() {
        if SYSTEM.contains(&&**key) || !writes(key) {
            continue;
        }
        new[key] = match (key.as_str(), value) {
            ("team", Value::String(id)) => team(id),
            ("team", Value::Object(sent)) => team(sent["id"].as_str().unwrap()),
            ("steps", Value::Array(items)) => {
                let stored = |item: &Value| {
                    let old = old["steps"].as_array().into_iter().flatten();
                    let found = old
                        .clone()
                        .find(|old| !item["id"].is_null() && old["id"] == item["id"]);
                    found.cloned().unwrap_or_else(|| json!({}))
                };
                let inner = |path: &str| writes(&format!("steps.{path}"));
                items
                    .iter()
                    .map(|item| written(&stored(item), item, &inner, team))
                    .collect()
            }
            _ => value.clone(),
        };
    }
    if let Value::Object(map) = &mut new {
        map.retain(|_, value| !value.is_null() && *value != json!([]));
    }
    new
}
