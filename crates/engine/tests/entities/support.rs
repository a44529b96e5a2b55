//! A server with a few users, and short words for what tests do with it.

use std::sync::Arc;

use engine::entities::{Change, Entity, EntityKind, Find, Found, NewEntity, Tag};
use engine::identity::NewUser;
use engine::{Options, QalxOptions};
use jsonb::{Jsonb, Limits};
use model::{Actor, Error, Roles};
use query::{Direction, Filter, Sort};
use serde_json::Value as Json;
use testkit::{PASSWORD, TestApp, TestOptions};

pub(crate) use EntityKind::{Blueprint, Bot, Factory, Group, Item, Queue, Set};

/// A server and its admin.
pub(crate) struct Bed {
    pub(crate) app: TestApp,
    pub(crate) admin: Arc<Actor>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// With further indexes of items.
    pub(crate) async fn indexed(paths: &[&str]) -> Self {
        let paths = paths.iter().map(|path| (*path).to_owned().try_into().unwrap());
        let indexes = [(Item, paths.collect())].into();
        let qalx = QalxOptions { indexes };
        Self::with(Options {
            qalx,
            ..Options::default()
        })
        .await
    }

    pub(crate) async fn with(engine: Options) -> Self {
        let options = TestOptions {
            engine,
            ..TestOptions::default()
        };
        let app = TestApp::with(options, |edge, _| edge).await;
        let admin = app.engine.authenticate(&app.admin).await.unwrap();
        Self { app, admin }
    }

    /// A user who belongs to these projects, and his token.
    pub(crate) async fn user(&self, email: &str, projects: &[&str]) -> (Arc<Actor>, String) {
        let new = NewUser {
            email: email.to_owned(),
            name: email.to_owned(),
            password: PASSWORD.to_owned(),
            roles: Roles::default(),
            groups: vec![],
            projects: projects.iter().map(|name| (*name).to_owned()).collect(),
        };
        let token = self.app.engine.make_user(new).await.unwrap().token;
        (self.app.engine.authenticate(&token).await.unwrap(), token)
    }

    pub(crate) async fn project(&self, name: &str, tags: &[(&str, &str)]) {
        let made = self
            .app
            .engine
            .create_project(&self.admin, name, self::tags(tags));
        made.await.unwrap();
    }

    /// An item of the admin with this data.
    pub(crate) async fn item(&self, data: &str) -> Entity {
        self.create(Item, &format!(r#"{{"data":{data}}}"#)).await.unwrap()
    }

    /// An entity of the admin.
    pub(crate) async fn create(&self, kind: EntityKind, fields: &str) -> Result<Entity, Error> {
        self.app
            .engine
            .create_entity(&self.admin, kind, new(fields, "{}", &[]))
            .await
    }

    /// An item of `actor` with these tags.
    pub(crate) async fn tagged(&self, actor: &Actor, list: &[(&str, &str)]) -> Result<Entity, Error> {
        self.app
            .engine
            .create_entity(actor, Item, new("{}", "{}", list))
            .await
    }

    pub(crate) async fn change(
        &self,
        kind: EntityKind,
        entity: &Entity,
        fields: &str,
    ) -> Result<Entity, Error> {
        let change = Change::of(body(fields));
        self.app
            .engine
            .change_entity(&self.admin, kind, entity.guid, change)
            .await
    }

    pub(crate) async fn find(&self, actor: &Actor, find: Find) -> Result<Found, Error> {
        self.app.engine.find_entities(actor, Item, find).await
    }
}

/// A body of this text.
pub(crate) fn body(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn tags(list: &[(&str, &str)]) -> Vec<Tag> {
    list.iter()
        .map(|(name, value)| Tag::new(name, value).unwrap())
        .collect()
}

pub(crate) fn new(fields: &str, meta: &str, list: &[(&str, &str)]) -> NewEntity {
    NewEntity {
        fields: body(fields),
        meta: body(meta),
        tags: tags(list),
    }
}

/// The body as a tree.
pub(crate) fn json(entity: &Entity) -> Json {
    serde_json::from_str(&entity.body.to_text().unwrap()).unwrap()
}

pub(crate) fn filter(text: &str) -> Filter {
    Filter::parse(&body(text).root(), &query::Limits::default()).unwrap()
}

/// `a` ascending, `-a` descending.
pub(crate) fn sort(paths: &[&str]) -> Sort {
    let path = |path: &&str| match path.strip_prefix('-') {
        Some(path) => (path.to_owned(), Direction::Descending),
        None => ((*path).to_owned(), Direction::Ascending),
    };
    Sort::by(paths.iter().map(path), &query::Limits::default()).unwrap()
}

/// The first page of what a filter finds.
pub(crate) fn ask(text: &str) -> Find {
    Find {
        filter: filter(text),
        sort: sort(&[]),
        skip: 0,
        limit: 25,
    }
}

/// The code of an error and the field it complains of.
pub(crate) fn complaint<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (&'static str, String) {
    let error = outcome.unwrap_err();
    (
        error.code().as_str(),
        error.field().unwrap_or_default().to_owned(),
    )
}
