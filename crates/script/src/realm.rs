//! One interpreter with its frozen world.
//!
//! The prelude is run once and everything is frozen; after that only [`Realm::call`] runs code. Whatever cannot be shown
//! to have left nothing behind (a call that ran out of time, memory or stack, one that left a promise to be run later)
//! spoils the realm, and its owner drops it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use jsonb::{Jsonb, Limits, Value};
use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Function, Object, Persistent, Runtime};

use crate::argument::Packed;
use crate::effects::Stop;
use crate::host::{self, Host};
use crate::outcome::Outcome;
use crate::{Act, Kind, Options, ScriptError, Shape, source};

/// What scripts have of the language's library: no typed arrays, no proxies, no weak references.
type Library = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::Promise,
);

const PRELUDE: &str = concat!(
    "(function (host) {\n'use strict';\n",
    include_str!("prelude/realm.js"),
    include_str!("prelude/values.js"),
    include_str!("prelude/record.js"),
    include_str!("prelude/sys.js"),
    include_str!("prelude/query.js"),
    include_str!("prelude/data.js"),
    include_str!("prelude/run.js"),
    "})"
);

/// Names of the functions that the prelude gives.
struct Entry {
    run: Persistent<Function<'static>>,
    adopt: Persistent<Function<'static>>,
    functions: Persistent<Function<'static>>,
    harden: Persistent<Function<'static>>,
    #[cfg(test)]
    setters: Persistent<Function<'static>>,
}

/// When a call must end, and whether it was made to.
#[derive(Default)]
pub(crate) struct Watch {
    deadline: Cell<Option<Instant>>,
    fired: Cell<u32>,
    /// Whether somebody else wants it to end.
    stop: RefCell<Option<Stop>>,
}

/// Ends of a call that its script may swallow. The interpreter cannot be stopped any other way, so its thread is then put to sleep for
/// good, and its caller gives it up.
const SWALLOWED: u32 = 1000;

impl Watch {
    /// Ends the call as soon as its script goes on.
    pub(crate) fn end(&self) {
        self.deadline.set(Some(Instant::now()));
    }

    /// Whether the call must end now.
    fn is_over(&self) -> bool {
        let over = self
            .deadline
            .get()
            .is_some_and(|deadline| Instant::now() >= deadline)
            || self.stop.borrow().as_ref().is_some_and(|stop| stop());
        if over {
            self.fired.set(self.fired.get() + 1);
            while self.fired.get() > SWALLOWED {
                thread::park();
            }
        }
        over
    }
}

/// One interpreter. The fields are dropped in this order, the interpreter last.
pub(crate) struct Realm {
    mains: Vec<(u64, Persistent<Function<'static>>)>,
    shapes: Vec<(u64, Persistent<Object<'static>>)>,
    entry: Entry,
    context: Context,
    runtime: Runtime,
    watch: Rc<Watch>,
    host: Rc<Host>,
    options: Options,
    /// The time that the call has.
    time: Cell<Duration>,
    spoiled: bool,
}

/// A file made ready, as [`Realm::call`] needs it.
pub(crate) struct Unit<'u> {
    pub(crate) id: u64,
    pub(crate) file: &'u str,
    pub(crate) main: &'u str,
}

impl Realm {
    /// An interpreter whose world is frozen.
    pub(crate) fn frozen(options: &Options) -> Result<Self, ScriptError> {
        let realm = Self::open(options)?;
        realm.timed(options.time.max(Duration::from_secs(10)));
        let frozen = realm.context.with(|ctx| {
            let harden = realm.entry.harden.clone().restore(&ctx)?;
            harden.call::<_, ()>(())
        });
        frozen.map_err(internal)?;
        Ok(realm)
    }

    /// An interpreter whose world can be changed, for one trial.
    pub(crate) fn open(options: &Options) -> Result<Self, ScriptError> {
        let runtime = Runtime::new().map_err(internal)?;
        runtime.set_memory_limit(options.memory_bytes);
        runtime.set_max_stack_size(options.stack_bytes);
        let watch = Rc::new(Watch::default());
        let shared = Rc::clone(&watch);
        runtime.set_interrupt_handler(Some(Box::new(move || shared.is_over())));
        let context = Context::custom::<Library>(&runtime).map_err(internal)?;
        let host = Rc::new(Host::new(options, Rc::clone(&watch)));
        let entry = context.with(|ctx| prelude(&ctx, &host)).map_err(internal)?;
        Ok(Self {
            mains: Vec::new(),
            shapes: Vec::new(),
            entry,
            context,
            runtime,
            watch,
            host,
            options: options.clone(),
            time: Cell::new(options.time),
            spoiled: false,
        })
    }

    /// Whether it must not be used again.
    pub(crate) fn is_spoiled(&self) -> bool {
        self.spoiled
    }

    /// Runs the whole file as it stands, which finds every mistake of its grammar on the right line.
    pub(crate) fn try_file(&mut self, file: &str, text: &str) -> Result<(), ScriptError> {
        self.timed(self.options.time);
        let failed = self.context.with(|ctx| {
            let run = ctx.eval_with_options::<rquickjs::Value<'_>, _>(text, named(file));
            run.catch(&ctx).err().map(|caught| failure(&caught, file))
        });
        match failed {
            None => Ok(()),
            Some(error) => Err(self.explain(error, file)),
        }
    }

    /// Refuses a file that waits: see [`source::without_waiting`].
    pub(crate) fn refuse_waiting(&mut self, file: &str, text: &str) -> Result<(), ScriptError> {
        let Some(changed) = source::without_waiting(text) else {
            return Ok(());
        };
        self.timed(self.options.time);
        let compiled = self.context.with(|ctx| compile(&ctx, file, &changed).map(|_| ()));
        compiled.map_err(|mut error| {
            if error.kind == Kind::Syntax {
                error.message = "async functions and imports are not available here".to_owned();
            }
            self.explain(error, file)
        })
    }

    /// The functions of a file, by running what [`source::survey`] made of it.
    pub(crate) fn survey(&mut self, file: &str, survey: &str) -> Result<Vec<String>, ScriptError> {
        self.timed(self.options.time);
        let names = self.context.with(|ctx| {
            let main = compile(&ctx, file, survey)?;
            let functions = self.entry.functions.clone().restore(&ctx);
            let names = functions.and_then(|functions| functions.call::<_, String>((main,)));
            names.catch(&ctx).map_err(|caught| failure(&caught, file))
        });
        let names = names.map_err(|error| self.explain(error, file))?;
        Ok(names
            .split(' ')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect())
    }

    /// Calls a function.
    pub(crate) fn call(
        &mut self,
        unit: &Unit<'_>,
        function: &str,
        (mut packed, time): (Packed, Duration),
    ) -> Outcome {
        self.timed(time);
        self.host
            .begin(packed.zone.clone(), std::mem::take(&mut packed.bodies));
        let answer = self.answer(unit, function, &packed);
        self.spoiled |= self.runtime.is_job_pending();
        let result = answer
            .and_then(|answer| self.open_answer(unit.file, &answer))
            .map_err(|error| self.explain(error, unit.file));
        Outcome {
            result,
            logs: self.host.end(),
        }
    }

    /// Calls a function with somebody to ask.
    pub(crate) fn act(
        &mut self,
        unit: &Unit<'_>,
        function: &str,
        call: (Packed, Duration),
        act: Act,
    ) -> Outcome {
        let longest = std::mem::replace(&mut self.options.result_chars, act.result_chars);
        self.watch.stop.replace(act.stop);
        self.host.answered_by(Some(act.effects));
        let outcome = self.call(unit, function, call);
        self.host.answered_by(None);
        self.watch.stop.replace(None);
        self.options.result_chars = longest;
        outcome
    }

    fn answer(&mut self, unit: &Unit<'_>, function: &str, packed: &Packed) -> Result<String, ScriptError> {
        let Self {
            mains,
            shapes,
            entry,
            context,
            options,
            ..
        } = self;
        let longest = options.result_chars;
        context.with(|ctx| {
            let main = recall(mains, unit.id, options.programs, &ctx, || {
                compile(&ctx, unit.file, unit.main)
            })?;
            let known = rquickjs::Array::new(ctx.clone()).map_err(internal)?;
            for (at, shape) in packed.shapes.iter().enumerate() {
                let made = recall(shapes, shape.id, options.programs * 4, &ctx, || {
                    adopt(&ctx, entry, shape)
                })?;
                known.set(at, made).map_err(internal)?;
            }
            let user = packed.user.as_deref();
            let run = entry.run.clone().restore(&ctx).map_err(internal)?;
            run.call::<_, String>((
                main,
                function,
                &*packed.arguments,
                Undefinable(user),
                known,
                longest,
                packed.now as f64,
            ))
            .catch(&ctx)
            .map_err(|caught| failure(&caught, unit.file))
        })
    }

    fn open_answer(&mut self, file: &str, answer: &str) -> Result<Option<Jsonb>, ScriptError> {
        let answer = match answer.strip_prefix('!') {
            Some(answer) => {
                self.spoiled = true;
                answer
            }
            None => answer,
        };
        let limits = Limits::default();
        let parse = |text: &str| Jsonb::parse(text.as_bytes(), &limits);
        match answer.split_at_checked(1) {
            Some(("u", _)) => Ok(None),
            Some(("v", text)) => parse(text).map(Some).map_err(|wrong| {
                ScriptError::new(Kind::Result, format!("the result is not JSON: {wrong}")).in_file(file)
            }),
            Some(("e", text)) => {
                let told = parse(text).map_err(|_| internal("an error was not described"))?;
                Err(described(&told, file))
            }
            _ => Err(internal("the prelude gave no answer")),
        }
    }

    fn timed(&self, time: Duration) {
        self.time.set(time);
        self.watch.fired.set(0);
        self.watch.deadline.set(Instant::now().checked_add(time));
    }

    /// Says what an error really was, and whether the realm survives it.
    fn explain(&mut self, mut error: ScriptError, file: &str) -> ScriptError {
        if self.watch.fired.get() > 0 {
            let limit = self.time.get();
            error = ScriptError::new(Kind::Timeout, format!("the script ran longer than {limit:?}"));
        }
        self.spoiled |= matches!(
            error.kind,
            Kind::Timeout | Kind::Memory | Kind::Stack | Kind::Internal
        );
        if error.file.is_empty() {
            error.in_file(file)
        } else {
            error
        }
    }

    /// Every property setter that scripts can reach.
    #[cfg(test)]
    fn setters(&self) -> String {
        self.context
            .with(|ctx| self.entry.setters.clone().restore(&ctx)?.call::<_, String>(()))
            .expect("setters can be listed")
    }
}

/// An absent text as `undefined`, not `null`.
struct Undefinable<'t>(Option<&'t str>);

impl<'js> rquickjs::IntoJs<'js> for Undefinable<'_> {
    fn into_js(self, ctx: &Ctx<'js>) -> rquickjs::Result<rquickjs::Value<'js>> {
        match self.0 {
            Some(text) => text.into_js(ctx),
            None => Ok(rquickjs::Value::new_undefined(ctx.clone())),
        }
    }
}

fn prelude(ctx: &Ctx<'_>, host: &Rc<Host>) -> rquickjs::Result<Entry> {
    let start: Function<'_> = ctx.eval_with_options(PRELUDE, named("prelude.js"))?;
    let given: Object<'_> = start.call((host::object(ctx, host)?,))?;
    let entry = |name: &str| -> rquickjs::Result<Persistent<Function<'static>>> {
        let function: Function<'_> = given.get(name)?;
        Ok(Persistent::save(ctx, function))
    };
    Ok(Entry {
        run: entry("run")?,
        adopt: entry("adopt")?,
        functions: entry("functions")?,
        harden: entry("harden")?,
        #[cfg(test)]
        setters: entry("setters")?,
    })
}

fn named(file: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(file.to_owned());
    options
}

fn compile<'js>(ctx: &Ctx<'js>, file: &str, text: &str) -> Result<Function<'js>, ScriptError> {
    let function: rquickjs::Result<Function<'js>> = ctx.eval_with_options(text, named(file));
    function.catch(ctx).map_err(|caught| failure(&caught, file))
}

fn adopt<'js>(ctx: &Ctx<'js>, entry: &Entry, shape: &Shape) -> Result<Object<'js>, ScriptError> {
    let adopt = entry.adopt.clone().restore(ctx).map_err(internal)?;
    adopt
        .call((&*shape.text,))
        .catch(ctx)
        .map_err(|caught| failure(&caught, ""))
}

/// What is kept under `id`, made if it is not; the one used longest ago makes room.
fn recall<'js, T, S>(
    kept: &mut Vec<(u64, Persistent<S>)>,
    id: u64,
    most: usize,
    ctx: &Ctx<'js>,
    make: impl FnOnce() -> Result<T, ScriptError>,
) -> Result<T, ScriptError>
where
    T: rquickjs::JsLifetime<'js, Changed<'static> = S> + Clone,
    S: rquickjs::JsLifetime<'static, Changed<'js> = T> + Clone,
{
    if let Some(at) = kept.iter().rposition(|(known, _)| *known == id) {
        let last = kept.len() - 1;
        kept.get_mut(at..=last)
            .expect("a position is inside")
            .rotate_left(1);
        let (_, found) = kept.last().expect("something was found");
        return found.clone().restore(ctx).map_err(internal);
    }
    let made = make()?;
    if kept.len() >= most.max(1) {
        kept.remove(0);
    }
    kept.push((id, Persistent::save(ctx, made.clone())));
    Ok(made)
}

fn internal(error: impl std::fmt::Display) -> ScriptError {
    ScriptError::new(Kind::Internal, error.to_string())
}

/// An error that came past the prelude: of the grammar, or of an interpreter at its limits.
fn failure(caught: &CaughtError<'_>, file: &str) -> ScriptError {
    match caught {
        CaughtError::Exception(exception) => {
            let message = exception.message().unwrap_or_default();
            let stack = exception.stack().unwrap_or_default();
            let name: String = exception.as_object().get("name").unwrap_or_default();
            let kind = match (name.as_str(), message.as_str()) {
                ("SyntaxError", _) => Kind::Syntax,
                (_, "out of memory" | "string too long") => Kind::Memory,
                (_, message) if message.starts_with("Maximum call stack") => Kind::Stack,
                _ => Kind::Thrown { code: None },
            };
            ScriptError::new(kind, format!("{name}: {message}")).at_stack(file, &stack)
        }
        // Out of memory even for the error about it.
        CaughtError::Value(value) if value.is_null() => {
            ScriptError::new(Kind::Memory, "out of memory").in_file(file)
        }
        CaughtError::Value(_) => {
            ScriptError::new(Kind::Thrown { code: None }, "the top level threw a value").in_file(file)
        }
        CaughtError::Error(rquickjs::Error::Allocation) => {
            ScriptError::new(Kind::Memory, "out of memory").in_file(file)
        }
        CaughtError::Error(error) => internal(error),
    }
}

/// An error as the prelude describes it.
fn described(told: &Jsonb, file: &str) -> ScriptError {
    let told = Value::of(told.as_bytes());
    let text = |key: &str| -> Option<String> { Some(told.get(key).ok()??.as_str().ok()??.into_owned()) };
    let kind = match text("kind").as_deref() {
        Some("result") => Kind::Result,
        Some("unavailable") => Kind::Unavailable,
        Some("memory") => Kind::Memory,
        Some("stack") => Kind::Stack,
        _ => Kind::Thrown { code: text("code") },
    };
    let mut error = ScriptError::new(kind, text("message").unwrap_or_default());
    error.info = text("info");
    error.at_stack(file, &text("stack").unwrap_or_default())
}

#[cfg(test)]
mod tests;
