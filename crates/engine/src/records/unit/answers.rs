//! What functions ask for, by name: the other side of `sys`.

mod given;
mod reply;

use jsonb::Jsonb;
use model::{Code, Error};
use script::{Effects, Refused, Shape};

use super::super::{Call, Category};
use super::Unit;
use super::app_log::ScriptLine;
use super::remove::Removing;
use super::save::Saving;
use crate::listeners::status_word;
pub(in crate::records) use given::Given;
pub(in crate::records) use reply::Reply;

/// Longest value that is kept under a key, in bytes.
const LONGEST_STORED: usize = 64 << 10;

/// How often a job is looked after that somebody waits for.
const SHORTEST_PAUSE: std::time::Duration = std::time::Duration::from_millis(5);
const LONGEST_PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// See the module.
pub(super) struct Answers(pub(super) Unit);

impl Effects for Answers {
    fn ask(&mut self, what: &str, given: &str) -> Result<String, Refused> {
        let answer = Given::read(given).and_then(|given| self.0.answer(what, &given));
        let answer = answer.and_then(|reply| reply.text());
        answer.map_err(|error| self.0.refused(error))
    }

    fn shape(&self, entity: &str) -> Option<Shape> {
        self.0.catalogue().scripts().shape(entity).cloned()
    }
}

impl Unit {
    /// Functions are past permissions; access rules hold for them too.
    pub(in crate::records) fn script_call(&self) -> Call {
        Call {
            category: Category::Script,
            ..self.around().call.clone()
        }
    }

    fn answer(&self, what: &str, given: &Given) -> Result<Reply, Error> {
        if self.is_over() {
            return Err(Error::new(Code::BadRequest, "the script has come to its end"));
        }
        match what {
            "findById" => {
                let (entity, id) = (given.entity(self)?, given.text("id")?);
                let found = self.find(&entity, &id)?;
                Ok(found.map_or(Reply::Null, |body| Reply::Record(entity.name.clone(), body)))
            }
            "find" => self.answer_page(given),
            "count" => Ok(Reply::Number(self.count(&given.query(self)?)?)),
            "aggregate" => {
                let stages = given.part("stages")?;
                Ok(Reply::List(self.aggregate(&given.entity(self)?, stages.root())?))
            }
            "save" => self.answer_save(given),
            "remove" => {
                let removing = Removing {
                    entity: given.entity(self)?,
                    id: given.text("id")?,
                    call: self.script_call(),
                    fires: true,
                    cascade: true,
                };
                self.remove(&removing)?;
                Ok(Reply::True)
            }
            "delete" => self.answer_delete(given),
            "lock" => {
                self.rely(&given.entity(self)?, &given.text("id")?)?;
                Ok(Reply::True)
            }
            "action" => self.answer_action(given),
            "trigger" => self.trigger(&given.text("name")?, given.part("data")?),
            "log" => {
                self.said([given.line()?]);
                Ok(Reply::Nothing)
            }
            "wait" => self.wait(given.count("millis")?),
            what => self.answer_about(what, given),
        }
    }

    /// Questions about the job and the app.
    fn answer_about(&self, what: &str, given: &Given) -> Result<Reply, Error> {
        match what {
            "jobId" => Ok(self
                .around()
                .job
                .as_ref()
                .map_or(Reply::Null, |job| Reply::Text(job.id.as_str().to_owned()))),
            "job" => self.answer_job(given),
            "waitForJob" => self.await_jobs(given),
            "user" => self.answer_user(given),
            "changeUser" => self.answer_user_change(given),
            "jobLog" => {
                let line = given.line()?;
                match self.around().job {
                    Some(_) => self.0.state.borrow_mut().job_lines.push(line.of_job()),
                    None => self.said([line]),
                }
                Ok(Reply::Nothing)
            }
            "stored" => self.answer_stored(&given.text("key")?),
            "store" => self.store(&given.text("key")?, given.part("value")?),
            "app" => {
                let app = self.catalogue().app();
                let about = jsonb::object()
                    .field_str("name", &app.name)
                    .field_str("label", &app.label)
                    .field_str("environment", app.environment.as_deref().unwrap_or("prod"))
                    .field_str("timezone", &app.timezone);
                Ok(Reply::Json(about.finish()))
            }
            what => {
                let message = format!("{what} is not available here");
                Err(Error::new(Code::BadRequest, message))
            }
        }
    }

    fn answer_page(&self, given: &Given) -> Result<Reply, Error> {
        let query = given.query(self)?;
        let next = given.next()?;
        let size = given.count("size")?.clamp(1, 1000);
        let page = self.page(&query, next, size)?;
        Ok(Reply::Page {
            entity: query.entity.name.clone(),
            page,
        })
    }

    fn answer_save(&self, given: &Given) -> Result<Reply, Error> {
        let entity = given.entity(self)?;
        let fires = given.save_options()?;
        let saving = Saving {
            entity: entity.clone(),
            id: given.text_or_none("id"),
            body: given.changes()?,
            call: self.script_call(),
            fires,
        };
        let saved = self.save(saving)?;
        let shown = match given.text_or_none("id") {
            // What rules hide stays hidden.
            _ if !entity.read_rules().is_empty() => {
                self.find(&entity, &super::super::references::id_of(saved.root())?)?
            }
            _ => Some(saved),
        };
        Ok(shown.map_or(Reply::Null, |body| Reply::Record(entity.name.clone(), body)))
    }

    fn answer_stored(&self, key: &str) -> Result<Reply, Error> {
        let name = storage_mark(key);
        let found = self.read(move |seen| {
            use storage::tables::ReadMarks as _;
            Ok(seen.mark(&name)?)
        })?;
        match found.filter(|text| !text.is_empty()) {
            Some(text) => Ok(Reply::Value(super::hear::parsed(&text)?)),
            None => Ok(Reply::Null),
        }
    }

    fn store(&self, key: &str, value: Jsonb) -> Result<Reply, Error> {
        let text = match value.root().kind() {
            jsonb::Kind::Null => String::new(),
            _ => value.to_text().map_err(Error::internal)?,
        };
        if text.len() > LONGEST_STORED || key.is_empty() || key.len() > 200 {
            let message = format!("a stored value has {LONGEST_STORED} bytes at most, its key from 1 to 200");
            return Err(Error::new(Code::BadRequest, message));
        }
        let name = storage_mark(key);
        let asked = name.clone();
        let stored = self.read(move |seen| {
            use storage::tables::ReadMarks as _;
            Ok(seen.mark(&asked)?)
        })?;
        let mut state = self.0.state.borrow_mut();
        std::sync::Arc::make_mut(&mut state.pending).set_mark(&name, stored, text);
        Ok(Reply::Nothing)
    }

    /// Waits until jobs have ended, or have one of these statuses, on the function's own time. It looks at them now and
    /// then, and holds nothing meanwhile.
    fn await_jobs(&self, given: &Given) -> Result<Reply, Error> {
        let refused = |message: String| Err(Error::new(Code::BadRequest, message));
        let statuses = given.texts("statuses")?;
        let mut left = self.around().bounds.time.saturating_sub(self.0.begun.elapsed());
        if given.has("timeout") {
            left = left.min(std::time::Duration::from_millis(given.count("timeout")?));
        }
        let until = std::time::Instant::now() + left;
        for id in given.texts("ids")? {
            let Ok(job) = id.parse::<model::JobId>() else {
                return Err(Error::not_found("job", &id));
            };
            if self.0.state.borrow().ops.hands_in(&job) {
                return refused(format!(
                    "the job {id} is handed in when the function ends, it cannot wait for it"
                ));
            }
            if self.around().job.as_ref().is_some_and(|own| own.id == job) {
                return refused(format!(
                    "the function is part of the job {id}, it cannot wait for it"
                ));
            }
            let mut pause = SHORTEST_PAUSE;
            while !self.has_come_to(&job, &statuses)? {
                if self.around().stop.as_ref().is_some_and(|stop| stop()) {
                    return refused("the job of the function is asked to stop".to_owned());
                }
                let Some(left) = until.checked_duration_since(std::time::Instant::now()) else {
                    let thrown = model::Thrown {
                        code: "timeout".to_owned(),
                        info: None,
                    };
                    return Err(Error::thrown(
                        thrown,
                        format!("the job {id} has not come to an end in time"),
                    ));
                };
                std::thread::park_timeout(left.min(pause));
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        Ok(Reply::Nothing)
    }

    /// Whether a job has ended, or has one of these statuses.
    fn has_come_to(&self, id: &model::JobId, statuses: &[String]) -> Result<bool, Error> {
        let asked = id.clone();
        let found = self.read(move |seen| {
            use storage::tables::ReadJobs as _;
            Ok(seen.job_by_id(&asked)?)
        })?;
        let status = found.ok_or_else(|| Error::not_found("job", id))?.status;
        let named = statuses
            .iter()
            .any(|name| name.eq_ignore_ascii_case(status_word(status)));
        Ok(named || (statuses.is_empty() && status.is_final()))
    }

    /// Waits on the function's own time.
    fn wait(&self, millis: u64) -> Result<Reply, Error> {
        const LONGEST: u64 = 10_000;
        if millis > LONGEST {
            let message = format!("a script waits {LONGEST} milliseconds at most, not {millis}");
            return Err(Error::new(Code::BadRequest, message));
        }
        let until = std::time::Instant::now() + std::time::Duration::from_millis(millis);
        while let Some(left) = until.checked_duration_since(std::time::Instant::now()) {
            if self.around().stop.as_ref().is_some_and(|stop| stop()) {
                break;
            }
            std::thread::park_timeout(left.min(std::time::Duration::from_millis(100)));
        }
        Ok(Reply::Nothing)
    }

    fn trigger(&self, name: &str, data: Jsonb) -> Result<Reply, Error> {
        let catalogue = std::sync::Arc::clone(self.catalogue());
        let data: serde_json::Value =
            serde_json::from_str(&data.to_text().map_err(Error::internal)?).map_err(Error::internal)?;
        for listener in catalogue.app().listeners.values() {
            if !matches!(&listener.trigger, app::Trigger::Custom { event } if event == name) {
                continue;
            }
            let heard = super::Heard {
                listener: listener.name.clone(),
                event: serde_json::json!({ "type": "CUSTOM", "customEvent": name, "customData": data }),
                entity: None,
                record: None,
                old: None,
                by: self.around().call.actor.email.clone(),
                depth: self.around().depth + 1,
            };
            self.whole(|| self.tell(listener, &heard))?;
        }
        Ok(Reply::Nothing)
    }

    fn answer_job(&self, given: &Given) -> Result<Reply, Error> {
        let own = self.around().job.as_ref().map(|job| job.id.clone());
        let id = match given.text_or_none("id") {
            Some(id) => id.parse().ok(),
            None => own,
        };
        let Some(id) = id else { return Ok(Reply::Null) };
        let found = self.read(move |seen| {
            use storage::tables::ReadJobs as _;
            Ok(seen.job_by_id(&id)?)
        })?;
        let Some(job) = found else { return Ok(Reply::Null) };
        let about = jsonb::object()
            .field_str("id", job.id.as_str())
            .field_str("label", &job.label)
            .field_str("status", status_word(job.status))
            .field_bool("hasErrors", job.has_errors());
        Ok(Reply::Json(about.finish()))
    }
}

fn storage_mark(key: &str) -> String {
    format!("app:storage:{key}")
}

/// A line of a log that a function wrote.
fn line_of(level: &str, message: &str, info: Option<String>) -> ScriptLine {
    ScriptLine::new(level, message, info)
}
