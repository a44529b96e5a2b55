//! Calling a function that may do things, within a unit of work.

use jsonb::Jsonb;
use model::Error;
use script::{Act, Argument, Context, Program, User};

use super::super::scripts::refused;
use super::super::user_id;
use super::Unit;
use super::answers::Answers;
use super::app_log::ScriptLine;

impl Unit {
    /// Calls a function of a file; what it did stays noted even when it fails, so callers do it within
    /// [`Unit::whole`].
    ///
    /// # Errors
    /// What it threw, or was refused and did not catch.
    pub(in crate::records) fn run(
        &self,
        program: &Program,
        function: &str,
        arguments: &[Argument<'_>],
    ) -> Result<Option<Jsonb>, Error> {
        let around = self.around();
        let id = user_id(&around.call.actor);
        let scripts = around.catalogue.scripts();
        let person = scripts.person(&around.call.actor);
        let user = User {
            id: &id,
            record: person.as_ref().map(|(shape, body)| (*shape, body)),
        };
        let context = Context {
            now: around.now,
            zone: around.catalogue.zone().clone(),
            user: (!id.is_empty()).then_some(user),
        };
        let act = Act {
            effects: Box::new(Answers(self.clone())),
            time: around.bounds.time,
            stop: around.stop.clone(),
            result_chars: around.bounds.result_chars,
        };
        let outcome = scripts
            .acting(program, around.job.is_some())
            .act(function, arguments, &context, act);
        self.said(outcome.logs.into_iter().map(ScriptLine::of));
        outcome.result.map_err(|error| {
            let thrown = refused(&error);
            let original = self.original(&thrown).unwrap_or(thrown);
            self.said([ScriptLine::error(format!("{function} failed: {error}"))]);
            self.0.state.borrow().broken.clone().unwrap_or(original)
        })
    }

    /// Notes what functions said.
    pub(super) fn said(&self, lines: impl IntoIterator<Item = ScriptLine>) {
        const MOST: usize = 2_000;
        let mut state = self.0.state.borrow_mut();
        for line in lines {
            if state.lines.len() < MOST {
                state.lines.push(line);
            } else if state.lines.len() == MOST {
                let message = format!("more than {MOST} lines of log; further ones are dropped");
                state.lines.push(ScriptLine::error(message));
            }
        }
    }
}
