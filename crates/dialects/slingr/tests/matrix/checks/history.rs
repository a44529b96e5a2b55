//! Histories: the lines of records that may be looked back on, as they are now or were last, without what is hidden of
//! them.

use serde_json::{Map, Value, json};

use super::{NO_RECORD, Outcome, Run};
use crate::world::{Event, Line};

const FIELDS: [&str; 9] = [
    "title", "state", "score", "code", "mail", "salary", "team", "steps", "doc",
];

impl Run<'_> {
    /// See the module.
    pub(crate) async fn histories(&mut self) -> Outcome {
        let mut records = self.world.tasks.clone();
        let deleted = self
            .world
            .log
            .iter()
            .rev()
            .find(|line| line.event == Event::Deleted);
        records.extend(deleted.map(|line| line.after.clone()));
        for _ in 0..3 {
            let record = self.random.of(&records);
            let path = format!(
                "/data/tasks/{}/history?_size=1000",
                record["id"].as_str().unwrap()
            );
            let wanted = match self.caller.refused("tasks", |rules| rules.history, Some(&record)) {
                Some(status) => Err(status),
                None => Ok(self.lines(&|line| line.after["id"] == record["id"])),
            };
            self.told(&path, wanted).await?;
        }
        let allowed = self.caller.refused("tasks", |rules| rules.history, None).unwrap();
        let nothing = if allowed == 404 { Ok(vec![]) } else { Err(allowed) };
        self.told(&format!("/data/tasks/{NO_RECORD}/history"), nothing)
            .await?;
        let all = match allowed {
            404 => Ok(self.lines(&|_| true)),
            status => Err(status),
        };
        self.told("/data/tasks/history?_size=1000", all).await
    }

    /// What a record is now, or was last.
    fn last<'w>(&'w self, id: &Value) -> &'w Value {
        &self
            .world
            .log
            .iter()
            .rev()
            .find(|line| line.after["id"] == *id)
            .unwrap()
            .after
    }

    /// The lines that are told, newest first: each with what is told of it.
    fn lines(&self, which: &dyn Fn(&Line) -> bool) -> Vec<Value> {
        let mut told = Vec::new();
        for line in self.world.log.iter().rev().filter(|line| which(line)) {
            let last = self.last(&line.after["id"]);
            if self
                .caller
                .refused("tasks", |rules| rules.history, Some(last))
                .is_some()
            {
                continue;
            }
            told.push(self.line(line, last));
        }
        told
    }

    fn line(&self, line: &Line, last: &Value) -> Value {
        let shows = |field: &str| self.caller.looks_back_at(last, field);
        let plain = |value: &Value| {
            let mut value = plain(value);
            if let (false, Value::Object(team)) = (self.caller.sees_copies(), &mut value) {
                team.remove("level");
            }
            value
        };
        let mut sides = [Map::new(), Map::new()];
        for field in FIELDS.into_iter().filter(|field| shows(field)) {
            let before = line.before.as_ref().map(|before| &before[field]);
            match line.event {
                Event::Created => drop(sides[1].insert(field.to_owned(), plain(&line.after[field]))),
                Event::Deleted => drop(sides[0].insert(field.to_owned(), plain(&line.after[field]))),
                Event::Changed if before == Some(&line.after[field]) => {}
                // Values within steps are told only as far as they are shown.
                Event::Changed if field == "steps" => {}
                Event::Changed => {
                    sides[0].insert(field.to_owned(), plain(before.unwrap()));
                    sides[1].insert(field.to_owned(), plain(&line.after[field]));
                }
            }
        }
        let [old, new] = sides;
        json!({ "id": line.after["id"], "event": format!("{:?}", line.event), "old": old, "new": new })
    }

    async fn told(&mut self, path: &str, wanted: Result<Vec<Value>, u16>) -> Outcome {
        let (status, got) = self.ask("GET", path, &Value::Null).await;
        let wanted = match wanted {
            Err(wanted) if status == wanted => return Ok(()),
            Ok(wanted) if status == 200 => wanted,
            wanted => return Err(format!("GET {path}\n  wanted {wanted:?}\n  got {status} {got}")),
        };
        let items = got["items"].as_array().unwrap();
        if got["total"] != wanted.len() || items.len() != wanted.len() {
            return Err(format!(
                "GET {path}\n  wanted {} lines\n  got {} of {}",
                wanted.len(),
                items.len(),
                got["total"]
            ));
        }
        for (wanted, item) in wanted.iter().zip(items) {
            let said = said(item);
            if said != *wanted {
                return Err(format!(
                    "GET {path}\n  wanted {wanted}\n  got {said}\n  of {item}"
                ));
            }
            if self.leaks(item) {
                return Err(format!("GET {path}\n  steps that are hidden are told: {item}"));
            }
        }
        Ok(())
    }

    /// Whether inner fields of steps are told that may not be read.
    fn leaks(&self, item: &Value) -> bool {
        let last = self.last(&item["recordId"]);
        let text = format!("{}{}", item["oldRecord"]["steps"], item["newRecord"]["steps"]);
        let told = |name: &str| text.contains(&format!("\"{name}\"")) || text.contains(&format!("{name}:"));
        ["what", "hours"]
            .into_iter()
            .any(|name| told(name) && !self.caller.looks_back_at(last, &format!("steps.{name}")))
    }
}

/// A line as the model says it.
fn said(item: &Value) -> Value {
    let event = match item["eventType"].as_str().unwrap() {
        "USER_RECORD_CREATED" => "Created",
        "USER_RECORD_CHANGED" => "Changed",
        "USER_RECORD_DELETED" => "Deleted",
        other => other,
    };
    let side = |name: &str| -> Map<String, Value> {
        let fields = item[name].as_object().unwrap().iter();
        let fields = fields.filter(|(key, _)| *key != "steps" || event != "Changed");
        fields
            .map(|(key, value)| {
                let value = if event == "Changed" { &value["json"] } else { value };
                (key.clone(), plain(value))
            })
            .collect()
    };
    json!({ "id": item["recordId"], "event": event, "old": side("oldRecord"), "new": side("newRecord") })
}

/// A value to be compared: of steps only whether there are any.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => json!(items.len()),
        value => value.clone(),
    }
}
