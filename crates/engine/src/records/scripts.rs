//! The functions of an app's entities and listeners, ready to be called.
//!
//! Those of fields and rules are pure: what they say depends on the record, the time and the user alone. None is called
//! while a transaction holds up other writers. Functions of actions and listeners act, within a unit of work (`unit`);
//! they run on threads of their own, so that a slow one keeps no rule waiting, and those of jobs keep no request waiting.

use std::collections::BTreeMap;

use app::{App, Entity, Field, FieldType, Fields, FunctionName};
use jsonb::Jsonb;
use model::{Actor, Code, Error, Thrown, Timestamp};
use script::{Argument, Context, FieldKind, Kind, Program, Sandbox, ScriptError, Shape, User};

use super::{Call, user_id};
use crate::SlingrOptions;

/// The programs of all entities and listeners that have one.
#[derive(Clone, Default)]
pub(crate) struct Scripts {
    by_entity: BTreeMap<String, Script>,
    by_listener: BTreeMap<String, Program>,
    /// Of all entities, with functions or without.
    shapes: BTreeMap<String, Shape>,
    /// Parameters of actions, by entity and action.
    parameters: BTreeMap<(String, String), Shape>,
    person: Option<Shape>,
    /// Where they run; none while there are none.
    places: Option<Places>,
}

/// Where functions run.
#[derive(Clone)]
pub(crate) struct Places {
    /// Those of rules and values.
    rules: Sandbox,
    /// Those that act while a client waits.
    acting: Sandbox,
    /// Those that act in jobs.
    jobs: Sandbox,
}

#[derive(Clone)]
struct Script {
    program: Program,
    shape: Shape,
}

/// Longest result of one, in characters.
pub(crate) const RESULT_CHARS: usize = 4 << 20;

impl Places {
    /// Starts the threads.
    ///
    /// # Errors
    /// When none can be started.
    pub(crate) fn start(options: &SlingrOptions) -> Result<Self, Error> {
        let acting = script::Options {
            memory_bytes: 64 << 20,
            time: options.script_time(),
            workers: 8,
            depth: 8,
            asks: 1_000_000,
            ..script::Options::default()
        };
        let jobs = script::Options {
            time: options.job_script_time(),
            ..acting
        };
        let open = |options| Sandbox::new(options).map_err(Error::internal);
        Ok(Self {
            rules: open(script::Options::default())?,
            acting: open(acting)?,
            jobs: open(jobs)?,
        })
    }
}

impl std::fmt::Debug for Scripts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_entity.keys()).finish()
    }
}

/// A record as a function gets it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) entity: &'a str,
    pub(super) body: &'a Jsonb,
    pub(super) is_new: bool,
}

impl Scripts {
    /// Loads the files of an app.
    ///
    /// # Errors
    /// `bad-value` for a file that cannot be run.
    pub(crate) fn load(places: &Places, app: &App) -> Result<Self, Error> {
        let mut all = Self {
            places: Some(places.clone()),
            person: Some(Shape::new(app::USERS, &person_fields())),
            ..Self::default()
        };
        let load = |folder: &str, name: &str, text: &str| {
            let loaded = places.rules.load(&file_of(folder, name), text);
            loaded.map_err(|error| refused(&error))
        };
        for (name, entity) in &app.entities {
            let shape = Shape::new(name, &fields_of(app, &entity.fields));
            all.shapes.insert(name.clone(), shape.clone());
            for action in &entity.actions {
                let owner = format!("the action {}", action.name);
                let parameters = Shape::new(&owner, &fields_of(app, &action.parameters));
                all.parameters
                    .insert((name.clone(), action.name.clone()), parameters);
            }
            if let Some(text) = &entity.script {
                let program = load("entities", name, text)?;
                all.by_entity.insert(name.clone(), Script { program, shape });
            }
        }
        for (name, listener) in &app.listeners {
            if let Some(text) = &listener.script {
                all.by_listener
                    .insert(name.clone(), load("listeners", name, text)?);
            }
        }
        Ok(all)
    }

    /// The fields of an entity.
    pub(super) fn shape(&self, entity: &str) -> Option<&Shape> {
        self.shapes.get(entity)
    }

    /// The parameters of an action.
    pub(super) fn parameters(&self, entity: &str, action: &str) -> Option<&Shape> {
        self.parameters.get(&(entity.to_owned(), action.to_owned()))
    }

    /// The functions of an entity.
    pub(super) fn entity(&self, entity: &str) -> Option<&Program> {
        self.by_entity.get(entity).map(|script| &script.program)
    }

    /// The functions of a listener.
    pub(super) fn listener(&self, listener: &str) -> Option<&Program> {
        self.by_listener.get(listener)
    }

    /// A program where it may act.
    pub(super) fn acting(&self, program: &Program, in_job: bool) -> Program {
        match &self.places {
            Some(places) if in_job => program.on(&places.jobs),
            Some(places) => program.on(&places.acting),
            None => program.clone(),
        }
    }

    /// A user as functions see him.
    pub(super) fn person(&self, actor: &Actor) -> Option<(&Shape, Jsonb)> {
        let groups = actor.groups.iter();
        let groups = groups.fold(jsonb::array(), |list, group| list.item_str(group));
        let (first, last) = actor.name.split_once(' ').unwrap_or((&actor.name, ""));
        let body = jsonb::object()
            .field_str("id", &actor.oid)
            .field_str("label", &actor.name)
            .field_str("email", &actor.email)
            .field_str("firstName", first)
            .field_str("lastName", last)
            .field_str("fullName", &actor.name)
            .field_body("groups", &groups.finish())
            .finish();
        Some((self.person.as_ref()?, body))
    }

    /// Runs work that calls many functions where they run, so that it need not wait for each. Goes on when its caller is gone.
    ///
    /// # Errors
    /// `unavailable` when too many scripts wait; as [`Scripts::call`] when a function does not come back.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let Some(places) = self.places.clone() else {
            return Ok(work());
        };
        let done = tokio::spawn(async move { places.rules.run(work).await }).await;
        done.map_err(Error::internal)?.map_err(|error| refused(&error))
    }

    /// Runs work whose functions act.
    ///
    /// # Errors
    /// As [`Scripts::run`].
    pub(super) async fn act<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let Some(places) = self.places.clone() else {
            return Err(Error::internal("there are no functions that could act"));
        };
        let done = tokio::spawn(async move { places.acting.run(work).await }).await;
        done.map_err(Error::internal)?.map_err(|error| refused(&error))
    }

    /// The same for a job.
    ///
    /// # Errors
    /// As [`Scripts::run`].
    pub(crate) fn act_in_job<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let Some(places) = &self.places else {
            return Err(Error::internal("there are no functions that could act"));
        };
        places.jobs.run_blocking(work).map_err(|error| refused(&error))
    }

    /// Calls a function on a record: `places` are the further arguments, a path in the record or nothing.
    ///
    /// # Errors
    /// `bad-request` with the code of the script's error.
    pub(super) fn call(
        &self,
        subject: Subject<'_>,
        function: &FunctionName,
        places: &[Option<&str>],
        (call, now, zone): (&Call, Timestamp, &jiff::tz::TimeZone),
    ) -> Result<Option<Jsonb>, Error> {
        let Some(script) = self.by_entity.get(subject.entity) else {
            return Err(without(subject.entity, function));
        };
        let record = Argument::Record {
            shape: &script.shape,
            body: subject.body,
            is_new: subject.is_new,
        };
        let mut arguments = vec![record];
        arguments.extend(places.iter().map(|place| match place {
            Some(path) => Argument::At(path),
            None => Argument::None,
        }));
        self.ask(subject.entity, function, &arguments, (call, now, zone))
    }

    /// Calls a function of an entity's file.
    ///
    /// # Errors
    /// As [`Scripts::call`].
    pub(super) fn ask(
        &self,
        entity: &str,
        function: &FunctionName,
        arguments: &[Argument<'_>],
        (call, now, zone): (&Call, Timestamp, &jiff::tz::TimeZone),
    ) -> Result<Option<Jsonb>, Error> {
        let Some(script) = self.by_entity.get(entity) else {
            return Err(without(entity, function));
        };
        let id = user_id(&call.actor);
        let user = (!id.is_empty()).then_some(User {
            id: &id,
            record: None,
        });
        let context = Context {
            now,
            zone: zone.clone(),
            user,
        };
        let outcome = script.program.call(&function.0, arguments, &context);
        outcome.result.map_err(|error| refused(&error))
    }
}

/// What is wrong with the files of functions of an app, as `file:line: why`. Blocks while they are compiled.
///
/// # Errors
/// When no interpreter can be started.
pub fn script_faults(app: &App) -> Result<Vec<String>, Error> {
    let entities = app.entities.iter();
    let entities = entities.map(|(name, entity)| (file_of("entities", name), &entity.script));
    let listeners = app.listeners.iter();
    let listeners = listeners.map(|(name, listener)| (file_of("listeners", name), &listener.script));
    let files = entities.chain(listeners);
    let files: Vec<_> = files
        .filter_map(|(file, text)| text.as_ref().map(|text| (file, text)))
        .collect();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let sandbox = Sandbox::new(script::Options::default()).map_err(Error::internal)?;
    let refused = |(file, text): (String, &String)| sandbox.load(&file, text).err();
    Ok(files
        .into_iter()
        .filter_map(refused)
        .map(|error| error.to_string())
        .collect())
}

/// The file of functions beside a definition, within the app's folder.
fn file_of(folder: &str, name: &str) -> String {
    format!("{folder}/{}.js", name.replace('.', "/"))
}

/// Whether a function's result means yes.
pub(super) fn is_true(result: Option<&Jsonb>) -> bool {
    result.is_some_and(|result| match result.root().kind() {
        jsonb::Kind::Null | jsonb::Kind::False => false,
        jsonb::Kind::Int | jsonb::Kind::Float => result.root().as_f64().ok().flatten() != Some(0.0),
        jsonb::Kind::Text => result
            .root()
            .as_str()
            .is_ok_and(|text| text.is_some_and(|text| !text.is_empty())),
        _ => true,
    })
}

fn without(entity: &str, function: &FunctionName) -> Error {
    Error::internal(format!("{entity} has no functions, but needs {function}"))
}

/// What functions see of a user.
fn person_fields() -> Vec<script::Field> {
    let plain = |name: &str, many| script::Field {
        name: name.to_owned(),
        kind: FieldKind::Plain,
        many,
    };
    let mut fields: Vec<_> = ["email", "firstName", "lastName", "fullName"]
        .map(|name| plain(name, false))
        .into();
    fields.push(plain("groups", true));
    fields
}

/// The error of a failed call. What a function threw with a code of its own is meant for clients as it is; of anything
/// else they are told where it happened.
pub(super) fn refused(error: &ScriptError) -> Error {
    let (code, message) = match &error.kind {
        Kind::Thrown { code: Some(code) } if !code.is_empty() => (code.as_str(), error.message.clone()),
        Kind::Timeout => ("timeout", error.to_string()),
        Kind::Internal => return Error::internal(error),
        Kind::Busy => {
            return Error::new(Code::Unavailable, "too many scripts are waiting").with_internal(error);
        }
        _ => ("javascriptException", error.to_string()),
    };
    let thrown = Thrown {
        code: code.to_owned(),
        info: error.info.clone(),
    };
    Error::thrown(thrown, message).with_internal(error)
}

/// Fields as scripts know them.
fn fields_of(app: &App, fields: &Fields) -> Vec<script::Field> {
    fields.iter().map(|field| field_of(app, field)).collect()
}

fn field_of(app: &App, field: &Field) -> script::Field {
    let kind = match &field.kind {
        FieldType::Boolean => FieldKind::Boolean,
        FieldType::Date(_) => FieldKind::Date,
        FieldType::DateTime(_) | FieldType::RecordCreated | FieldType::RecordModified => FieldKind::DateTime,
        FieldType::Choice(choices) => {
            let pairs = choices
                .iter()
                .map(|choice| (choice.name.clone(), choice.label.clone()));
            FieldKind::Choice(pairs.collect())
        }
        FieldType::DynamicChoice(_) => FieldKind::DynamicChoice,
        FieldType::Nested { fields, .. } => FieldKind::Nested(fields_of(app, fields)),
        FieldType::Relationship(rules) => FieldKind::Relationship {
            entity: rules.entity.clone(),
            copied: copied(
                app,
                app.entity(&rules.entity).map(|other| &**other),
                &rules.copied,
            ),
        },
        FieldType::Group { .. } => FieldKind::Group,
        FieldType::File => FieldKind::File,
        _ => FieldKind::Plain,
    };
    script::Field {
        name: field.name.clone(),
        kind,
        many: field.many,
    }
}

/// Copied fields at the top; of one that lies in another, the outer one.
fn copied(app: &App, other: Option<&Entity>, paths: &[String]) -> Vec<script::Field> {
    let Some(other) = other else {
        return Vec::new();
    };
    let mut fields: Vec<script::Field> = Vec::new();
    for path in paths {
        let name = path.split('.').next().unwrap_or(path);
        // One that relates to further records is told without their fields, so this has an end.
        let field = other
            .fields
            .get(name)
            .filter(|field| !matches!(field.kind, FieldType::Relationship(_)));
        if let Some(field) = field.filter(|_| fields.iter().all(|known| known.name != name)) {
            fields.push(field_of(app, field));
        }
    }
    fields
}
