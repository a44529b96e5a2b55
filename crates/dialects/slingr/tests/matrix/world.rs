//! The records of a run as they ought to be.

use std::cell::Cell;
use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::bed::{Bed, Who};
use crate::random::Random;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Created,
    Changed,
    Deleted,
}

/// A line of the history.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) event: Event,
    pub(crate) before: Option<Value>,
    pub(crate) after: Value,
}

/// See the module. Records are from the oldest on, and have their `salary` even where nobody is shown it.
pub(crate) struct World {
    pub(crate) teams: Vec<Value>,
    pub(crate) tasks: Vec<Value>,
    /// What became of tasks, from the oldest line on.
    pub(crate) log: Vec<Line>,
    made: usize,
}

const FEWEST: usize = 5;
/// As many as fit on one page.
const MOST: usize = 14;

impl World {
    pub(crate) async fn new(bed: &Bed) -> Self {
        let mut teams = Vec::new();
        for (name, state, mail, level) in [
            ("Red", "open", "a@example.com", 1),
            ("Blue", "closed", "b@example.com", 2),
            ("Green", "open", "both@example.com", 3),
        ] {
            let body = json!({ "name": name, "state": state, "mail": mail, "level": level,
                "badge": format!("badge-{level}") });
            teams.push(bed.must("POST", "/data/teams", &body).await);
        }
        Self {
            teams,
            tasks: Vec::new(),
            log: Vec::new(),
            made: 0,
        }
    }

    /// Makes or deletes tasks until there are a few again.
    pub(crate) async fn level(&mut self, bed: &Bed, random: &mut Random) {
        while self.tasks.len() > MOST {
            let oldest = self.tasks[0].clone();
            let path = format!("/data/tasks/{}", oldest["id"].as_str().unwrap());
            bed.must("DELETE", &path, &Value::Null).await;
            self.keep(Some(oldest), None, &Value::Null);
        }
        while self.tasks.len() < FEWEST {
            let mut body = self.body(random);
            if random.below(2) == 0 {
                body["doc"] = json!({ "name": "a.txt", "contentType": "text/plain", "content": "YWJj" });
            }
            let made = bed.must("POST", "/data/tasks", &body).await;
            self.keep(None, Some(made), &body["salary"]);
        }
    }

    /// A body of a new task; some values are left out.
    pub(crate) fn body(&mut self, random: &mut Random) -> Value {
        self.made += 1;
        let who = random.of(&[Who::A, Who::B, Who::Both, Who::Developer]);
        let mut body = json!({
            "title": format!("{} {}", random.of(&["dig", "paint", "cook"]), self.made),
            "state": random.of(&["open", "open", "closed"]),
            "score": random.below(8),
            "code": format!("c{}", self.made),
            "mail": who.email(),
            "salary": 100 + random.below(3),
            "team": random.of(&self.teams)["id"],
            "steps": [
                { "what": "dig", "hours": random.below(5) },
                { "what": random.of(&["rest", "haul"]), "hours": random.below(5) },
            ],
        });
        for key in ["state", "score", "code", "mail", "team", "steps"] {
            if random.below(6) == 0 {
                body.as_object_mut().unwrap().remove(key);
            }
        }
        body
    }

    /// A task was changed from one thing to another, which a developer was shown.
    pub(crate) fn keep(&mut self, before: Option<Value>, after: Option<Value>, salary: &Value) {
        let id = before.as_ref().or(after.as_ref()).unwrap()["id"].clone();
        let place = self.tasks.iter().position(|task| task["id"] == id);
        let after = after.map(|mut after| {
            if !salary.is_null() {
                after["salary"] = salary.clone();
            }
            after
        });
        let (event, line) = match (&before, &after) {
            (None, Some(after)) => (Event::Created, after),
            (Some(_), Some(after)) => (Event::Changed, after),
            (Some(before), None) => (Event::Deleted, before),
            (None, None) => unreachable!("a record is there before or after"),
        };
        self.log.push(Line {
            event,
            after: line.clone(),
            before: before.clone(),
        });
        match (place, after) {
            (Some(place), Some(after)) => self.tasks[place] = after,
            (Some(place), None) => drop(self.tasks.remove(place)),
            (None, after) => self.tasks.extend(after),
        }
    }

    /// The team with an id as records refer to it; notes when somebody may not see it.
    pub(crate) fn team<'w>(
        &'w self,
        sees: &'w dyn Fn(&Value) -> bool,
        unseen: &'w Cell<bool>,
    ) -> impl Fn(&str) -> Value + 'w {
        move |id| {
            let team = self.teams.iter().find(|team| team["id"] == id).unwrap();
            unseen.set(unseen.get() || !sees(team));
            json!({ "id": id, "label": team["name"], "level": team["level"] })
        }
    }
}

/// What records sort by.
pub(crate) fn sort_key<'r>(record: &'r Value, field: &str) -> &'r Value {
    match field {
        "team" => &record["team"]["label"],
        "team.level" => &record["team"]["level"],
        field => &record[field],
    }
}

/// How values sort: nothing, numbers, texts.
pub(crate) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Number(left), Value::Number(right)) => left.as_i64().cmp(&right.as_i64()),
        _ => left.as_str().cmp(&right.as_str()),
    }
}
