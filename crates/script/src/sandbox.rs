//! The face of the crate: files go in, programs come out, and programs are called.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::argument::Packed;
use crate::pool::Pool;
use crate::realm::{Realm, Unit};
use crate::{Act, Argument, Context, Kind, Options, Outcome, ScriptError, source};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Interpreters, ready to run programs. Cloning shares them.
#[derive(Clone)]
pub struct Sandbox {
    pool: Arc<Pool>,
}

/// A file that was checked and can be called. Cloning shares it.
#[derive(Clone)]
pub struct Program {
    pool: Arc<Pool>,
    unit: Arc<Stored>,
}

struct Stored {
    id: u64,
    file: String,
    main: String,
    functions: Vec<String>,
}

impl Stored {
    fn unit(&self) -> Unit<'_> {
        Unit {
            id: self.id,
            file: &self.file,
            main: &self.main,
        }
    }
}

impl Sandbox {
    /// Starts the threads; interpreters are made when they are first needed.
    pub fn new(options: Options) -> io::Result<Self> {
        Ok(Self {
            pool: Arc::new(Pool::new(options)?),
        })
    }

    /// Runs `work` on an interpreter's thread: programs that it calls run there, without waiting for one each time. It must be
    /// awaited to its end.
    ///
    /// # Errors
    /// When no interpreter becomes free in time, or a function does not come back.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ScriptError> {
        self.pool.run(work).await
    }

    /// [`Sandbox::run`] for a thread that may block, such as a job's.
    ///
    /// # Errors
    /// As [`Sandbox::run`].
    pub fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ScriptError> {
        self.pool.run_blocking(work)
    }

    /// Checks a file and finds its functions. `file` is its name in messages, like `entities/companies.js`.
    pub fn load(&self, file: &str, text: &str) -> Result<Program, ScriptError> {
        let (name, source) = (file.to_owned(), text.to_owned());
        let functions = self.pool.call(move |bench, _| {
            let mut trial = Realm::open(bench.options())?;
            trial.refuse_waiting(&name, &source)?;
            trial.try_file(&name, &source)?;
            drop(trial);
            let survey = source::survey(&source, &source::words(&source));
            bench.realm()?.survey(&name, &survey)
        });
        let functions = functions
            .and_then(|functions| functions)
            .map_err(|error| error.in_file(file))?;
        Ok(Program {
            pool: Arc::clone(&self.pool),
            unit: Arc::new(Stored {
                id: NEXT.fetch_add(1, Ordering::Relaxed),
                file: file.to_owned(),
                main: source::main(text, &functions),
                functions,
            }),
        })
    }
}

impl Program {
    /// The functions of the file's top level, by name.
    #[must_use]
    pub fn functions(&self) -> &[String] {
        &self.unit.functions
    }

    /// The same program with the threads and limits of another sandbox.
    #[must_use]
    pub fn on(&self, sandbox: &Sandbox) -> Self {
        Self {
            pool: Arc::clone(&sandbox.pool),
            unit: Arc::clone(&self.unit),
        }
    }

    /// Whether the file has this function.
    #[must_use]
    pub fn has(&self, function: &str) -> bool {
        self.unit.functions.iter().any(|known| known == function)
    }

    /// Calls a function and waits for what it gives; blocks the thread for as long as the limits allow.
    #[must_use]
    pub fn call(&self, function: &str, arguments: &[Argument<'_>], context: &Context<'_>) -> Outcome {
        if !self.has(function) {
            return self.failed(ScriptError::new(
                Kind::Missing,
                format!("there is no function {function}"),
            ));
        }
        let packed = match Packed::new(arguments, context) {
            Ok(packed) => packed,
            Err(error) => return self.failed(error),
        };
        let unit = Arc::clone(&self.unit);
        let function = function.to_owned();
        let outcome = self.pool.call(move |bench, time| match bench.realm() {
            Ok(realm) => realm.call(&unit.unit(), &function, (packed, time)),
            Err(error) => Outcome::failed(error),
        });
        outcome.unwrap_or_else(|error| self.failed(error))
    }

    /// Calls a function that may do what `act` lets it. Only on an interpreter's thread: within [`Sandbox::run`].
    #[must_use]
    pub fn act(
        &self,
        function: &str,
        arguments: &[Argument<'_>],
        context: &Context<'_>,
        act: Act,
    ) -> Outcome {
        if !self.has(function) {
            return self.failed(ScriptError::new(
                Kind::Missing,
                format!("there is no function {function}"),
            ));
        }
        let packed = match Packed::new(arguments, context) {
            Ok(packed) => packed,
            Err(error) => return self.failed(error),
        };
        let outcome = self.pool.call_here(act.time, |bench, time| match bench.realm() {
            Ok(realm) => realm.act(&self.unit.unit(), function, (packed, time), act),
            Err(error) => Outcome::failed(error),
        });
        outcome.unwrap_or_else(|error| self.failed(error))
    }

    fn failed(&self, error: ScriptError) -> Outcome {
        Outcome::failed(error.in_file(&self.unit.file))
    }
}
