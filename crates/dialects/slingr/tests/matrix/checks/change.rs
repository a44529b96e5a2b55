//! Making, changing and deleting: what is answered, what then is there, and what is not there.

use std::cell::Cell;

use serde_json::{Value, json};

use super::{NO_RECORD, Outcome, Run};

impl Run<'_> {
    /// See the module.
    pub(crate) async fn changes(&mut self) -> Outcome {
        self.each_field().await?;
        self.sent_back().await?;
        self.stale_and_missing().await?;
        for _ in 0..3 {
            self.make().await?;
        }
        self.delete().await
    }

    /// One field after the other, each of some record.
    async fn each_field(&mut self) -> Outcome {
        for field in [
            "title", "score", "code", "mail", "salary", "team", "steps", "state",
        ] {
            let task = self.random.of(&self.world.tasks);
            let body = json!({ field: self.value(field, &task) });
            self.put(&task, &body).await?;
        }
        let task = self.random.of(&self.world.tasks);
        self.put(&task, &json!({ "score": null, "steps": [] })).await
    }

    fn value(&mut self, field: &str, task: &Value) -> Value {
        let chance = self.random.below(1000);
        match field {
            "title" => json!(format!("cook {chance}")),
            "score" => json!(chance % 8),
            "salary" => json!(chance),
            "mail" => json!(self.caller.who.email()),
            "state" => json!(["open", "closed"][chance % 2]),
            "team" => self.random.of(&self.world.teams)["id"].clone(),
            // A new one, or that of some task: a fault when it is another one.
            "code" if !chance.is_multiple_of(3) => json!(format!("n{chance}")),
            "code" => self.random.of(&self.world.tasks)["code"].clone(),
            _ => {
                let mut steps = vec![json!({ "what": "new", "hours": chance % 5 })];
                if let Some(first) = task["steps"].as_array().and_then(|steps| steps.first()) {
                    steps.push(json!({ "id": first["id"], "hours": chance % 7 }));
                }
                json!(steps)
            }
        }
    }

    /// What clients do: the whole record as it was shown, with a change.
    async fn sent_back(&mut self) -> Outcome {
        let task = self.random.of(&self.world.tasks);
        let mut body = self.caller.shown("tasks", &task);
        // Nothing changes, so there is no new version.
        self.put(&task, &body).await?;
        body["title"] = self.value("title", &task);
        self.put(&task, &body).await
    }

    async fn stale_and_missing(&mut self) -> Outcome {
        let task = self.random.of(&self.world.tasks);
        let stale = json!({ "title": "never", "version": task["version"].as_i64().unwrap() + 1 });
        let path = path(&task["id"]);
        let refused = self.caller.refused("tasks", |rules| rules.update, Some(&task));
        self.expect("PUT", &path, &stale, Err(refused.unwrap_or(409)))
            .await?;
        let refused = self.caller.refused("tasks", |rules| rules.update, None).unwrap();
        self.expect(
            "PUT",
            &format!("/data/tasks/{NO_RECORD}"),
            &json!({}),
            Err(refused),
        )
        .await?;
        let refused = self.caller.refused("tasks", |rules| rules.delete, None).unwrap();
        self.expect(
            "DELETE",
            &format!("/data/tasks/{NO_RECORD}"),
            &Value::Null,
            Err(refused),
        )
        .await
    }

    async fn put(&mut self, task: &Value, body: &Value) -> Outcome {
        let said = format!("PUT {} {body} of {task}", path(&task["id"]));
        let (status, answer) = self.ask("PUT", &path(&task["id"]), body).await;
        if let Some(refused) = self.caller.refused("tasks", |rules| rules.update, Some(task)) {
            return self.stays(task, &said, (refused, status), &answer).await;
        }
        let (new, unseen) = {
            let (caller, unseen) = (self.caller.clone(), Cell::new(false));
            let sees = |team: &Value| caller.reads("teams", team) || team["id"] == task["team"]["id"];
            let new = self.caller.changed(task, body, &self.world.team(&sees, &unseen));
            (new, unseen.get())
        };
        if unseen || self.is_taken(&new) {
            return self.stays(task, &said, (400, status), &answer).await;
        }
        self.became(Some(task), new, &said, (status, answer)).await
    }

    async fn make(&mut self) -> Outcome {
        let body = self.world.body(self.random);
        let (status, answer) = self.ask("POST", "/data/tasks", &body).await;
        let said = format!("POST /data/tasks {body}");
        let (new, unseen) = {
            let (caller, unseen) = (self.caller.clone(), Cell::new(false));
            let sees = |team: &Value| caller.reads("teams", team);
            let new = self
                .caller
                .made(&body, &self.world.team(&sees, &Cell::new(false)));
            // Only what he writes in the end counts.
            let (world, new) = (&*self.world, new.filter(|_| self.caller.barred().is_none()));
            if let Some(id) = new.as_ref().and_then(|new| new["team"]["id"].as_str()) {
                world.team(&sees, &unseen)(id);
            }
            (new, unseen.get())
        };
        let wanted = match new {
            None => self.caller.barred().unwrap_or(403),
            Some(_) if unseen => 400,
            Some(new) => return self.became(None, new, &said, (status, answer)).await,
        };
        match wanted == status {
            true => Ok(()),
            false => Err(format!("{said}\n  wanted {wanted}\n  got {status} {answer}")),
        }
    }

    async fn delete(&mut self) -> Outcome {
        let task = self.random.of(&self.world.tasks);
        let path = path(&task["id"]);
        let (status, answer) = self.ask("DELETE", &path, &Value::Null).await;
        let said = format!("DELETE {path} of {task}");
        if let Some(refused) = self.caller.refused("tasks", |rules| rules.delete, Some(&task)) {
            return self.stays(&task, &said, (refused, status), &answer).await;
        }
        let shown = self.caller.shown("tasks", &task);
        if status != 200 || answer != shown {
            return Err(format!("{said}\n  wanted 200 {shown}\n  got {status} {answer}"));
        }
        let (status, answer) = self
            .bed
            .ask(crate::bed::Who::Developer, "GET", &path, &Value::Null)
            .await;
        if status != 404 {
            return Err(format!("{said}\n  is still there: {answer}"));
        }
        self.world.keep(Some(task), None, &Value::Null);
        Ok(())
    }

    /// A change was refused, and nothing happened.
    async fn stays(
        &mut self,
        task: &Value,
        said: &str,
        (wanted, status): (u16, u16),
        answer: &Value,
    ) -> Outcome {
        if status != wanted {
            return Err(format!("{said}\n  wanted {wanted}\n  got {status} {answer}"));
        }
        let stored = self.bed.must("GET", &path(&task["id"]), &Value::Null).await;
        match stored["version"] == task["version"] {
            true => Ok(()),
            false => Err(format!("{said}\n  was refused, but changed: {stored}")),
        }
    }

    /// A change was made: it is what it should be, and was answered as far as it is shown.
    async fn became(
        &mut self,
        task: Option<&Value>,
        mut new: Value,
        said: &str,
        (status, answer): (u16, Value),
    ) -> Outcome {
        if status != 200 {
            return Err(format!("{said}\n  wanted 200 {new}\n  got {status} {answer}"));
        }
        let stored = self.bed.must("GET", &path(&answer["id"]), &Value::Null).await;
        let salary = new["salary"].clone();
        let unchanged = task.is_some_and(|task| plain(task) == plain(&new));
        let version = task.map_or(0, |task| {
            task["version"].as_i64().unwrap() + i64::from(!unchanged)
        });
        new["version"] = json!(version);
        new["label"] = new["title"].clone();
        for key in ["id", "entity"] {
            new[key] = stored[key].clone();
        }
        if new["state"] != "open" {
            new.as_object_mut().unwrap().remove("salary");
        }
        if plain(&stored) != plain(&new) {
            return Err(format!("{said}\n  wanted {new}\n  stored {stored}"));
        }
        if !unchanged {
            self.world.keep(task.cloned(), Some(stored.clone()), &salary);
        }
        let shown = self.caller.shown("tasks", &stored);
        match shown == answer {
            true => Ok(()),
            false => Err(format!("{said}\n  wanted {shown}\n  got {answer}")),
        }
    }

    fn is_taken(&self, new: &Value) -> bool {
        let others = self.world.tasks.iter().filter(|task| task["id"] != new["id"]);
        !new["code"].is_null() && others.clone().any(|task| task["code"] == new["code"])
    }
}

fn path(id: &Value) -> String {
    format!("/data/tasks/{}", id.as_str().unwrap_or_default())
}

/// A record without the ids of its steps, which the server gives.
fn plain(record: &Value) -> Value {
    let mut record = record.clone();
    for step in record
        .get_mut("steps")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let step = step.as_object_mut().unwrap();
        step.shift_remove("id");
        step.shift_remove("label");
    }
    record
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    record
}
