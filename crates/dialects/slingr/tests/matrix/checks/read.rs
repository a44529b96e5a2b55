//! Reading one record, and lists with every filter and every order.

use serde_json::Value;

use super::{NO_RECORD, Outcome, Run, page};
use crate::bed::quoted;
use crate::world::{compare, sort_key};

/// A filter: the fields it looks at, its text, and what it means.
type Filter = (&'static [&'static str], &'static str, fn(&Value) -> bool);

const FILTERS: &[Filter] = &[
    (&["title"], "title=like(dig)", |task| {
        text(&task["title"]).contains("dig")
    }),
    (&["label"], "label=like(dig)", |task| {
        text(&task["label"]).contains("dig")
    }),
    (&["state"], "state=open", |task| task["state"] == "open"),
    (&["state"], "state=notEquals(open)", |task| {
        task["state"] != "open"
    }),
    (&["score"], "score=greater(3)", |task| {
        task["score"].as_i64() > Some(3)
    }),
    (&["score"], "score=empty()", |task| task["score"].is_null()),
    (&["code"], "code=c2,c3,c4,c5,c6", |task| {
        ["c2", "c3", "c4", "c5", "c6"].contains(&text(&task["code"]))
    }),
    (&["mail"], "mail=a@example.com", |task| {
        task["mail"] == "a@example.com"
    }),
    (&["salary"], "salary=greater(0)", |_| true),
    (&["team"], "team=Red", |task| task["team"]["label"] == "Red"),
    (&["team.level"], "team.level=greaterOrEquals(2)", |task| {
        task["team"]["level"].as_i64() >= Some(2)
    }),
    (&["team.label"], "team.label=like(re)", |task| {
        text(&task["team"]["label"]).to_lowercase().contains("re")
    }),
    (&["steps"], "steps=notEmpty()", |task| !task["steps"].is_null()),
    (&["steps.hours"], "steps.hours=greater(2)", |task| {
        steps(task).any(|step| step["hours"].as_i64() > Some(2))
    }),
    (
        &["steps.what", "steps.hours"],
        "steps={\"what\":\"dig\",\"hours\":1}",
        |task| steps(task).any(|step| step["what"] == "dig" && step["hours"] == 1),
    ),
    (
        &["state", "score"],
        "_query=or(filter('state','closed'),filter('score','less(2)'))",
        |task| task["state"] == "closed" || task["score"].as_i64().is_some_and(|score| score < 2),
    ),
];

const SORTS: [&str; 10] = [
    "id",
    "label",
    "title",
    "state",
    "score",
    "code",
    "mail",
    "salary",
    "team",
    "team.level",
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn steps(task: &Value) -> impl Iterator<Item = &Value> {
    task["steps"].as_array().into_iter().flatten()
}

impl Run<'_> {
    /// See the module.
    pub(crate) async fn reads(&mut self) -> Outcome {
        self.one_by_one().await?;
        self.chosen_fields().await?;
        self.fetched_teams().await?;
        self.files().await?;
        self.filters().await?;
        self.orders().await?;
        let refused = self.caller.barred().unwrap_or(404);
        self.expect("GET", "/data/nothing", &Value::Null, Err(refused))
            .await
    }

    async fn one_by_one(&mut self) -> Outcome {
        for (entity, records) in [
            ("tasks", self.world.tasks.clone()),
            ("teams", self.world.teams.clone()),
        ] {
            for record in records {
                let wanted = match self.caller.refused(entity, |rules| rules.read, Some(&record)) {
                    Some(status) => Err(status),
                    None => Ok(self.caller.shown(entity, &record)),
                };
                let path = format!("/data/{entity}/{}", text(&record["id"]));
                self.expect("GET", &path, &Value::Null, wanted).await?;
            }
            let wanted = self.caller.refused(entity, |rules| rules.read, None).unwrap();
            self.expect(
                "GET",
                &format!("/data/{entity}/{NO_RECORD}"),
                &Value::Null,
                Err(wanted),
            )
            .await?;
        }
        Ok(())
    }

    /// Only what was asked for, of what is shown.
    async fn chosen_fields(&mut self) -> Outcome {
        let task = self.random.of(&self.world.tasks);
        let wanted = match self.caller.refused("tasks", |rules| rules.read, Some(&task)) {
            Some(status) => Err(status),
            None => {
                let mut shown = self.caller.shown("tasks", &task);
                shown.as_object_mut().unwrap().retain(|key, _| {
                    ["id", "label", "version", "entity", "score", "salary", "steps"].contains(&key.as_str())
                });
                for step in shown
                    .get_mut("steps")
                    .and_then(Value::as_array_mut)
                    .into_iter()
                    .flatten()
                {
                    step.as_object_mut().unwrap().remove("what");
                }
                Ok(shown)
            }
        };
        let path = format!(
            "/data/tasks/{}?_fields=score,salary,steps.hours",
            text(&task["id"])
        );
        self.expect("GET", &path, &Value::Null, wanted).await
    }

    async fn filters(&mut self) -> Outcome {
        for (fields, filter, meets) in FILTERS {
            let listed = self.listed(fields, meets, ("id", false));
            self.expect(
                "GET",
                &format!("/data/tasks?{}", quoted(filter)),
                &Value::Null,
                listed,
            )
            .await?;
        }
        Ok(())
    }

    async fn orders(&mut self) -> Outcome {
        for field in SORTS {
            for (word, ascending) in [("asc", true), ("desc", false)] {
                let listed = self.listed(&[field], &|_| true, (field, ascending));
                let path = format!("/data/tasks?_sortField={field}&_sortType={word}");
                self.expect("GET", &path, &Value::Null, listed).await?;
            }
        }
        let (fields, filter, meets) = self.random.of(FILTERS);
        let field = self.random.of(&SORTS);
        let all: Vec<&str> = fields.iter().copied().chain([field]).collect();
        let listed = self.listed(&all, &meets, (field, true));
        let path = format!("/data/tasks?{}&_sortField={field}&_sortType=asc", quoted(filter));
        self.expect("GET", &path, &Value::Null, listed).await
    }

    /// The page of the tasks that are read and meet a condition.
    pub(super) fn listed(
        &self,
        fields: &[&str],
        meets: &dyn Fn(&Value) -> bool,
        (sort, ascending): (&str, bool),
    ) -> super::Wanted {
        let caller = &self.caller;
        match caller.refused("tasks", |rules| rules.read, None) {
            Some(404) if fields.iter().all(|field| caller.queries("tasks", field)) => {}
            Some(404) => return Err(403),
            refused => return Err(refused.unwrap()),
        }
        let tasks = self.world.tasks.iter();
        let mut found: Vec<&Value> = tasks
            .filter(|task| caller.reads("tasks", task) && meets(task))
            .collect();
        found.sort_by(|left, right| compare(sort_key(left, sort), sort_key(right, sort)));
        if !ascending {
            // Equals are in the order of their creation, turned round with the rest.
            found.reverse();
        }
        let shown: Vec<Value> = found
            .into_iter()
            .map(|task| caller.shown("tasks", task))
            .collect();
        Ok(page(&shown))
    }
}

impl Run<'_> {
    /// A team in the place of the reference to it, for who may read both.
    async fn fetched_teams(&mut self) -> Outcome {
        for task in self.world.tasks.clone() {
            let wanted = match self.caller.refused("tasks", |rules| rules.read, Some(&task)) {
                Some(status) => Err(status),
                None => {
                    let mut shown = self.caller.shown("tasks", &task);
                    let team = self
                        .world
                        .teams
                        .iter()
                        .find(|team| team["id"] == task["team"]["id"]);
                    let team = team.filter(|team| self.caller.reads("teams", team));
                    if let (Some(place), Some(team)) = (shown.get_mut("team"), team) {
                        *place = self.caller.shown("teams", team);
                        place
                            .as_object_mut()
                            .unwrap()
                            .retain(|key, _| key != "version" && key != "entity");
                    }
                    Ok(shown)
                }
            };
            let path = format!("/data/tasks/{}?_relationshipsToFetch=team", text(&task["id"]));
            self.expect("GET", &path, &Value::Null, wanted).await?;
        }
        Ok(())
    }

    /// The document of a task, for who may read the field of it.
    async fn files(&mut self) -> Outcome {
        for task in self.world.tasks.clone() {
            let Some(file) = task["doc"]["id"].as_str() else {
                continue;
            };
            let shown = self.caller.shown("tasks", &task);
            let refused = self.caller.refused("tasks", |rules| rules.read, Some(&task));
            let wanted = refused.unwrap_or_else(|| if shown["doc"].is_null() { 403 } else { 200 });
            let path = format!("/data/tasks/{}/files/{file}", text(&task["id"]));
            let (status, body) = self.bed.download(self.caller.who, &path).await;
            self.asked += 1;
            if status != wanted || (status == 200) != (body == "abc") {
                return Err(format!("GET {path}\n  wanted {wanted}\n  got {status} {body}"));
            }
        }
        Ok(())
    }
}
