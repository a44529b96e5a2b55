//! Deleting several records by their ids and by a query.

use serde_json::{Value, json};

use super::{NO_RECORD, Outcome, Run};

impl Run<'_> {
    /// See the module.
    pub(crate) async fn deletions(&mut self) -> Outcome {
        self.by_ids().await?;
        self.by_query().await
    }

    async fn by_ids(&mut self) -> Outcome {
        let tasks: Vec<Value> = self.world.tasks.iter().take(2).cloned().collect();
        let ids: Vec<&str> = tasks.iter().map(|task| task["id"].as_str().unwrap()).collect();
        let path = format!("/data/tasks/{},{},{NO_RECORD},{}", ids[0], ids[1], ids[0]);
        let refused = self
            .caller
            .refused("tasks", |rules| rules.delete, None)
            .filter(|status| *status != 404);
        self.deleted(&path, refused, &tasks, true).await
    }

    async fn by_query(&mut self) -> Outcome {
        let meets =
            |task: &Value| task["state"] == "closed" && task["score"].as_i64().is_some_and(|score| score < 3);
        let refused = self
            .caller
            .refused("tasks", |rules| rules.delete, None)
            .filter(|status| *status != 404);
        let refused = refused.or_else(|| self.listed(&["state", "score"], &meets, ("id", true)).err());
        let tasks = self
            .world
            .tasks
            .iter()
            .filter(|task| self.caller.reads("tasks", task) && meets(task));
        // As they are listed: the newest first.
        let tasks: Vec<Value> = tasks.rev().cloned().collect();
        self.deleted("/data/tasks?state=closed&score=less(3)", refused, &tasks, false)
            .await
    }

    async fn deleted(
        &mut self,
        path: &str,
        refused: Option<u16>,
        tasks: &[Value],
        and_missing: bool,
    ) -> Outcome {
        let (status, mut got) = self.ask("DELETE", path, &Value::Null).await;
        let mut wanted = json!({});
        if refused.is_none() {
            if and_missing {
                wanted[NO_RECORD] = json!({ "status": "error" });
            }
            for task in tasks {
                let id = task["id"].as_str().unwrap();
                wanted[id] = match self.caller.refused("tasks", |rules| rules.delete, Some(task)) {
                    Some(_) => json!({ "status": "error" }),
                    None => json!({ "status": "ok", "response": self.caller.shown("tasks", task) }),
                };
                if wanted[id]["status"] == "ok" {
                    self.world.keep(Some(task.clone()), None, &Value::Null);
                }
            }
        } else {
            got = json!({});
        }
        for entry in got.as_object_mut().into_iter().flatten().map(|(_, entry)| entry) {
            entry
                .as_object_mut()
                .and_then(|entry| entry.shift_remove("errorMessage"));
        }
        if status != refused.unwrap_or(200) || wanted != got {
            return Err(format!(
                "DELETE {path}\n  wanted {refused:?} {wanted}\n  got {status} {got}"
            ));
        }
        let left = self.bed.must("GET", "/data/tasks?_size=100", &Value::Null).await;
        match left["total"] == self.world.tasks.len() {
            true => Ok(()),
            false => Err(format!(
                "DELETE {path}\n  {} should be left, but {} are",
                self.world.tasks.len(),
                left["total"]
            )),
        }
    }
}
