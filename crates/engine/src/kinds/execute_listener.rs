//! The job that runs a listener: one function, one transaction with its end.

use ::jobs::{Interrupt, Kind, Outcome, Report, Run};
use model::Error;
use model::job::Level;

use super::Tools;
use super::acting::{Acting, Went};
use crate::records::bulk_job::caller;
use crate::records::unit::{Heard, LISTENER_KIND, as_server};
use crate::records::{Call, Category};

/// How often it is done again because it was overtaken.
const ATTEMPTS: usize = 20;

/// See the module.
pub(crate) struct ExecuteListener {
    tools: Tools,
}

impl ExecuteListener {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }
}

impl Kind for ExecuteListener {
    fn name(&self) -> &'static str {
        LISTENER_KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        // With its one transaction it was done.
        if run.checkpoint::<bool>()?.is_some() {
            return Ok(Outcome::Finished(None));
        }
        let heard: Heard = run.params()?;
        for _ in 0..ATTEMPTS {
            let Some(catalogue) = self.tools.catalogue_of(run)? else {
                return Ok(Outcome::Hold(
                    "there is no app yet whose listener this is".to_owned(),
                ));
            };
            let acting = Acting {
                tools: &self.tools,
                catalogue,
                call: call(run, &heard)?,
                depth: heard.depth,
            };
            let told = heard.clone();
            match acting.work(run, move |unit| unit.listen(&told))? {
                Went::Stale => {}
                Went::Broken(error) => return Ok(failed(run, error)),
                Went::Done(chunk) => {
                    let report = Report {
                        processed: 1,
                        total: Some(1),
                        checkpoint: Some("true".to_owned()),
                        ..Report::default()
                    };
                    if chunk.commit(run, report)? {
                        return Ok(Outcome::Finished(None));
                    }
                }
            }
        }
        let message = "what the listener works on is changed all the time";
        Ok(Outcome::Failed(Error::new(model::Code::VersionConflict, message)))
    }
}

/// Who a listener acts for: whose doing it hears of, as he is now; the server itself when he is gone.
fn call(run: &Run, heard: &Heard) -> Result<Call, Interrupt> {
    if heard.by.is_empty() {
        return Ok(as_server());
    }
    let by = heard.by.clone();
    let found = run
        .store()
        .read_blocking(move |tx| Ok::<_, Error>(caller(tx, &by, None, Category::Script)))?;
    Ok(found.unwrap_or_else(|_| as_server()))
}

fn failed(run: &mut Run, error: Error) -> Outcome {
    run.log(Level::Error, error.message().to_owned());
    Outcome::Failed(error)
}
