//! Counts, sums, groups and joins: only over what is read, and by nothing that is not.

use serde_json::{Value, json};

use super::{Outcome, Run, Wanted};

/// What is counted: the fields that are looked at, a condition, and what it means.
type Count = (&'static [&'static str], Value, fn(&Value) -> bool);

impl Run<'_> {
    /// See the module.
    pub(crate) async fn aggregates(&mut self) -> Outcome {
        self.counts().await?;
        self.sums().await?;
        self.groups().await?;
        self.records().await?;
        self.joins().await
    }

    /// The tasks that an aggregation is over; it looks at these fields.
    fn over(&self, fields: &[&str], meets: &dyn Fn(&Value) -> bool) -> Result<Vec<Value>, u16> {
        let page = self.listed(fields, meets, ("id", true))?;
        Ok(page["items"].as_array().unwrap().clone())
    }

    async fn aggregate(&mut self, stages: Value, wanted: Result<Vec<Value>, u16>) -> Outcome {
        let wanted: Wanted = wanted.map(|items| json!({ "total": items.len(), "items": items }));
        self.expect("PUT", "/data/tasks/aggregate", &stages, wanted).await
    }

    async fn counts(&mut self) -> Outcome {
        let cases: [Count; 3] = [
            (&[], json!({}), |_| true),
            (&["mail"], json!({ "mail": "a@example.com" }), |task| {
                task["mail"] == "a@example.com"
            }),
            (
                &["state", "score"],
                json!({ "state": "open", "score": "greater(2)" }),
                |task| task["state"] == "open" && task["score"].as_i64() > Some(2),
            ),
        ];
        for (fields, condition, meets) in cases {
            let found = self.over(fields, &meets).map(|found| counted(found.len()));
            self.aggregate(json!([{ "match": condition }, { "count": "n" }]), found)
                .await?;
        }
        Ok(())
    }

    async fn sums(&mut self) -> Outcome {
        for field in ["score", "salary"] {
            let sum = |found: Vec<Value>| {
                let sum: i64 = found.iter().filter_map(|task| task[field].as_i64()).sum();
                if found.is_empty() {
                    vec![]
                } else {
                    vec![json!({ "sum": sum, "n": found.len() })]
                }
            };
            let wanted = self.over(&[field], &|_| true).map(sum);
            let stages = json!([{ "group": { "sum": format!("sum({field})"), "n": "count()" } }]);
            self.aggregate(stages, wanted).await?;
        }
        Ok(())
    }

    /// By a relationship, the team without a task or a task without a team as well.
    async fn groups(&mut self) -> Outcome {
        let wanted = self.over(&["team"], &|_| true);
        let stages = json!([{ "group": { "by": "team", "n": "count()" } }]);
        let (status, got) = self.ask("PUT", "/data/tasks/aggregate", &stages).await;
        let said = format!("PUT /data/tasks/aggregate {stages}");
        let wanted = match (wanted, status) {
            (Ok(tasks), 200) => {
                let mut teams: Vec<String> = tasks
                    .iter()
                    .map(|task| task["team"]["label"].to_string())
                    .collect();
                teams.sort_unstable();
                teams
            }
            (Err(wanted), status) if wanted == status => return Ok(()),
            (wanted, status) => return Err(format!("{said}\n  wanted {wanted:?}\n  got {status} {got}")),
        };
        let mut teams = Vec::new();
        for group in got["items"].as_array().unwrap() {
            let label = group["team"]["label"].to_string();
            teams.extend(std::iter::repeat_n(label, group["n"].as_u64().unwrap() as usize));
        }
        teams.sort_unstable();
        match teams == wanted {
            true => Ok(()),
            false => Err(format!("{said}\n  wanted {wanted:?}\n  got {got}")),
        }
    }

    /// Whole records: nothing of them that is not shown, and at least what every record shows.
    async fn records(&mut self) -> Outcome {
        let wanted = self.over(&["title"], &|_| true);
        let stages = json!([{ "match": { "title": "notEquals(x)" } }, { "sort": { "id": "asc" } }]);
        let (status, got) = self.ask("PUT", "/data/tasks/aggregate", &stages).await;
        let items = got["items"].as_array().cloned().unwrap_or_default();
        let is_right = match &wanted {
            Err(refused) => status == *refused,
            Ok(tasks) => status == 200 && self.are_these("tasks", tasks, &items),
        };
        match is_right {
            true => Ok(()),
            false => Err(format!(
                "PUT /data/tasks/aggregate {stages}\n  wanted {wanted:?}\n  got {status} {got}"
            )),
        }
    }

    /// Whether results are these records as they are shown, as far as results must have their fields.
    fn are_these(&self, entity: &str, shown: &[Value], results: &[Value]) -> bool {
        let has = |shown: &Value, result: &Value| {
            let fields = || shown.as_object().unwrap().iter();
            let needed = fields().filter(|(name, _)| {
                !["label", "version", "entity"].contains(&name.as_str()) && self.caller.queries(entity, name)
            });
            needed.clone().all(|(name, value)| result[name] == *value)
                && result
                    .as_object()
                    .unwrap()
                    .iter()
                    .all(|(name, value)| name == "all" || shown.get(name) == Some(value))
        };
        shown.len() == results.len()
            && shown
                .iter()
                .zip(results)
                .all(|(shown, result)| has(shown, result))
    }

    /// Teams with their tasks.
    async fn joins(&mut self) -> Outcome {
        let stages = json!([
            { "lookup": { "localFieldPath": "id", "foreignFieldPath": "team.id", "foreignEntityName": "tasks", "as": "all" } },
            { "sort": { "id": "asc" } },
        ]);
        let (status, got) = self.ask("PUT", "/data/teams/aggregate", &stages).await;
        let items = got["items"].as_array().cloned().unwrap_or_default();
        let caller = &self.caller;
        let teams = caller
            .refused("teams", |rules| rules.read, None)
            .filter(|status| *status != 404);
        let tasks = self.over(&["team.id"], &|_| true);
        let is_right = match (teams, &tasks) {
            (Some(refused), _) => status == refused,
            (None, Err(refused)) => status == *refused,
            (None, Ok(tasks)) => {
                let read = self.world.teams.iter().filter(|team| caller.reads("teams", team));
                let shown: Vec<Value> = read.map(|team| caller.shown("teams", team)).collect();
                let own = |team: &Value| -> Vec<Value> {
                    tasks
                        .iter()
                        .filter(|task| task["team"]["id"] == team["id"])
                        .cloned()
                        .collect()
                };
                let joined = |team: &Value| team["all"].as_array().cloned().unwrap_or_default();
                status == 200
                    && self.are_these("teams", &shown, &items)
                    && items
                        .iter()
                        .all(|team| self.are_these("tasks", &own(team), &joined(team)))
            }
        };
        match is_right {
            true => Ok(()),
            false => Err(format!(
                "PUT /data/teams/aggregate {stages}\n  of {tasks:?}\n  got {status} {got}"
            )),
        }
    }
}

fn counted(number: usize) -> Vec<Value> {
    // Where there is nothing, there is no result that says so.
    if number == 0 {
        vec![]
    } else {
        vec![json!({ "n": number })]
    }
}
