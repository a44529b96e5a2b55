//! The functions of an app's entities, ready to be called on records.
//!
//! They are pure: what they say depends on the record, the time and the user alone. None is called while a transaction
//! holds up other writers.

use std::collections::BTreeMap;

use app::{App, Entity, Field, FieldType, Fields, FunctionName};
use jsonb::Jsonb;
use model::{Code, Error, Thrown, Timestamp};
use script::{Argument, Context, FieldKind, Kind, Program, Sandbox, ScriptError, Shape, User};

use super::{Call, user_id};

/// The programs of all entities that have one.
#[derive(Clone, Default)]
pub(crate) struct Scripts {
    by_entity: BTreeMap<String, Script>,
    /// Where they run; none while there are none.
    sandbox: Option<Sandbox>,
}

#[derive(Clone)]
struct Script {
    program: Program,
    shape: Shape,
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
    pub(crate) fn load(sandbox: &Sandbox, app: &App) -> Result<Self, Error> {
        let mut all = BTreeMap::new();
        for (name, entity) in &app.entities {
            let Some(text) = &entity.script else {
                continue;
            };
            let program = sandbox
                .load(&file_of("entities", name), text)
                .map_err(|error| refused(&error))?;
            let shape = Shape::new(name, &fields_of(app, &entity.fields));
            all.insert(name.clone(), Script { program, shape });
        }
        Ok(Self {
            by_entity: all,
            sandbox: Some(sandbox.clone()),
        })
    }

    /// Runs work that calls many functions where they run, so that it need not wait for each. Goes on when its caller is gone.
    ///
    /// # Errors
    /// `unavailable` when too many scripts wait; as [`Scripts::call`] when a function does not come back.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let Some(sandbox) = self.sandbox.clone() else {
            return Ok(work());
        };
        let done = tokio::spawn(async move { sandbox.run(work).await }).await;
        done.map_err(Error::internal)?.map_err(|error| refused(&error))
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
            let message = format!("{} has no functions, but needs {function}", subject.entity);
            return Err(Error::internal(message));
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
        let outcome = script.program.call(&function.0, &arguments, &context);
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

/// The error of a failed call. What a function threw with a code of its own is meant for clients as it is; of anything
/// else they are told where it happened.
fn refused(error: &ScriptError) -> Error {
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
