//! A server whose app is changed, and short words for what tests do with it.

use std::sync::Arc;

use app::{Loaded, Source, load_source};
use engine::apps::Change;
use engine::records::{Call, Shape};
use jobs::{Hooks, RunnerOptions};
use jsonb::{Jsonb, Limits};
use model::job::Status;
use model::{Actor, Error, HistorySeq, Job, Page, Roles, Stamp};
use serde_json::Value as Json;
use storage::tables::records::{Expect, Put};
use testkit::{TestApp, TestOptions};

const APP: &str = "name: test\nlabel: Test\ntimezone: Europe/Berlin\n";

/// Everything on one page.
const ALL: Page = Page {
    number: 1,
    size: 1_000_000,
};

/// A definition of these entities: names and what stands in their files behind the name.
pub(crate) fn defined(entities: &[(&str, &str)]) -> Loaded {
    with_files(entities, &[])
}

/// The same with a file of functions for one of them.
pub(crate) fn with_functions(entities: &[(&str, &str)], of: &str, functions: &str) -> Loaded {
    with_files(entities, &[(&format!("entities/{of}.js"), functions)])
}

fn with_files(entities: &[(&str, &str)], more: &[(&str, &str)]) -> Loaded {
    let mut source = Source::default();
    source.files.insert("app.yaml".to_owned(), APP.to_owned());
    for (name, text) in entities {
        let text = format!("name: {name}\n{text}\n");
        source.files.insert(format!("entities/{name}.yaml"), text);
    }
    let group = "name: sales\nlabel: Sales people\n".to_owned();
    source.files.insert("groups/sales.yaml".to_owned(), group);
    let more = more
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    source.files.extend(more);
    let app = load_source(&source).unwrap_or_else(|complaints| panic!("{complaints:?}"));
    Loaded { app, source }
}

pub(crate) struct Bed {
    pub(crate) app: TestApp,
    pub(crate) developer: Call,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(None).await
    }

    pub(crate) async fn with(hooks: Option<Arc<dyn Hooks>>) -> Self {
        let mut runner = RunnerOptions::default();
        if let Some(hooks) = hooks {
            runner.hooks = hooks;
        }
        let options = TestOptions {
            runner,
            ..TestOptions::default()
        };
        let app = TestApp::with(options, |edge, _| edge).await;
        let actor = Actor {
            email: "dev@example.com".to_owned(),
            roles: Roles {
                admin: false,
                developer: true,
            },
            ..Actor::default()
        };
        let developer = Call::of(&Arc::new(actor));
        Self { app, developer }
    }

    /// Puts a definition in force, whatever is lost; its job waits.
    pub(crate) async fn force(&self, loaded: &Loaded) -> Change {
        let actor = &self.developer.actor;
        self.app.engine.apply_app(actor, loaded, true).await.unwrap()
    }

    /// Puts a definition in force and runs its job; how that ended.
    pub(crate) async fn change(&self, loaded: &Loaded) -> Job {
        let job = self.force(loaded).await.job.expect("there is something to do");
        self.app.run_jobs().await;
        self.job(&job).await
    }

    pub(crate) async fn job(&self, job: &Job) -> Job {
        let seq = job.seq;
        let read = self
            .app
            .engine
            .store()
            .read(move |tx| Ok::<_, Error>(tx.job(seq)?));
        read.await.unwrap().unwrap()
    }

    /// Makes a record of JSON; answers its id.
    pub(crate) async fn create(&self, entity: &str, body: &Json) -> String {
        let entity = self.app.engine.record_entity(entity).unwrap();
        let body = jsonb(body);
        let made = self
            .app
            .engine
            .create_record(&self.developer, &entity, body)
            .await;
        json(&made.unwrap())["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn update(&self, entity: &str, id: &str, body: &Json) -> Result<Json, Error> {
        let entity = self.app.engine.record_entity(entity)?;
        let engine = &self.app.engine;
        let updated = engine
            .update_record(&self.developer, &entity, id, jsonb(body))
            .await?;
        Ok(json(&updated))
    }

    /// A record as it is answered, without what every record has.
    pub(crate) async fn read(&self, entity: &str, id: &str) -> Json {
        let entity = self.app.engine.record_entity(entity).unwrap();
        let shape = Shape::default();
        let read = self.app.engine.read_record(&self.developer, &entity, id, &shape);
        let mut record = json(&read.await.unwrap());
        record.as_object_mut().unwrap().retain(|key, _| {
            let system = ["id", "version", "label", "entity"];
            !system.contains(&key.as_str())
        });
        record
    }

    /// A record as it is stored.
    pub(crate) async fn stored(&self, entity: &str, id: &str) -> Json {
        let collection = self.app.engine.record_entity(entity).unwrap().collection();
        let id = id.to_owned();
        let store = self.app.engine.store();
        let read = store.read(move |tx| Ok::<_, Error>(tx.record_body(collection, &id)?));
        json(&read.await.unwrap().unwrap().1)
    }

    /// Stores records as they are, in one go.
    pub(crate) async fn fill(&self, entity: &str, bodies: Vec<Json>) {
        let collection = self.app.engine.record_entity(entity).unwrap().collection();
        let now = self.app.engine.env().now();
        let fill = self.app.engine.store().write(move |tx| {
            for body in &bodies {
                let put = Put {
                    id: body["id"].as_str().unwrap(),
                    expect: Expect::Absent,
                    label: body["label"].as_str().unwrap(),
                    archived: false,
                    tags: &[],
                    body: &jsonb(body),
                    stamp: &Stamp::new(now, "somebody"),
                    job: None,
                };
                tx.put_record(collection, &put)?;
            }
            Ok::<_, Error>(())
        });
        fill.await.unwrap();
    }

    /// What went wrong in a job.
    pub(crate) async fn errors(&self, job: &Job) -> Vec<Json> {
        let seq = job.seq;
        let store = self.app.engine.store();
        let items = store
            .read(move |tx| Ok::<_, Error>(tx.items(seq, &[], ALL)?))
            .await;
        let detail = |item: model::job::Item| serde_json::from_str(&item.detail.unwrap()).unwrap();
        items.unwrap().entries.into_iter().map(detail).collect()
    }

    /// All records, histories, indexes, jobs and the state of the app as text, times left out.
    pub(crate) async fn picture(&self) -> String {
        let read = self.app.engine.store().read(|tx| {
            let mut lines = vec![format!("state {:?}", tx.mark("app:state")?)];
            for collection in tx.collections()? {
                if !collection.name.starts_with("app:") {
                    continue;
                }
                lines.push(format!("{} {:?}", collection.name, collection.options));
                for index in tx.declared_indexes(collection.id)? {
                    lines.push(format!("  index {index:?}"));
                }
                for record in tx.records_after(collection.id, "", u64::MAX)? {
                    let body = record.body.to_text().unwrap();
                    lines.push(format!(
                        "  {} v{} {} {body}",
                        record.id, record.version, record.label
                    ));
                }
                for change in tx.history_after(collection.id, HistorySeq(0), u64::MAX)? {
                    let (event, origin) = (change.event.as_str(), change.stamp.origin);
                    let line = format!("  #{} {} v{}", change.seq.0, change.id, change.version);
                    lines.push(format!("{line} {event} {origin:?} {:?}", change.job));
                }
            }
            for entry in tx.job_entries(model::JobSeq(0), u64::MAX)? {
                let job = entry.job;
                let (status, counts) = (job.status.as_str(), job.counts);
                lines.push(format!("job {} {status} {counts:?} {:?}", job.seq, job.results));
                for item in tx.items(job.seq, &[], ALL)?.entries {
                    lines.push(format!("  item {} {} {:?}", item.number, item.key, item.detail));
                }
            }
            Ok::<_, Error>(lines.join("\n"))
        });
        read.await.unwrap()
    }
}

pub(crate) fn jsonb(value: &Json) -> Jsonb {
    Jsonb::parse(value.to_string().as_bytes(), &Limits::default()).unwrap()
}

fn json(body: &Jsonb) -> Json {
    serde_json::from_str(&body.to_text().unwrap()).unwrap()
}

/// Whether a job ended well and with how many failures.
pub(crate) fn end(job: &Job) -> (Status, u64, u64) {
    (job.status, job.counts.processed, job.counts.failed)
}
