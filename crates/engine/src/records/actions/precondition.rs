//! What has to be true of a record before an action runs on it.

use app::{Action, Rule};
use jsonb::Jsonb;
use model::{Code, Error};
use script::Argument;

use super::super::rights::lowered;
use super::super::scripts::is_true;
use super::super::unit::Unit;
use super::super::{Call, EntityRef};

impl Unit {
    /// Refuses an action whose precondition is not met.
    pub(super) fn check_precondition(
        &self,
        entity: &EntityRef,
        action: &Action,
        record: Option<&Jsonb>,
        call: &Call,
    ) -> Result<(), Error> {
        let met = match (&action.precondition, record) {
            (Rule::Always, _) => true,
            (Rule::Never, _) | (Rule::When(_), None) => false,
            (Rule::When(condition), Some(record)) => {
                let filter = lowered(self.catalogue(), entity, condition, call).map_err(Error::internal)?;
                filter.matches(record.root()).map_err(Error::internal)?
            }
            (Rule::Script(function), record) => {
                let argument = match record {
                    Some(body) => Argument::Record {
                        shape: self.shape(&entity.name)?,
                        body,
                        is_new: false,
                    },
                    None => Argument::None,
                };
                is_true(self.rule(entity, function, &[argument])?.as_ref())
            }
        };
        match met {
            true => Ok(()),
            false => {
                let message = format!("the precondition of the action {} is not met", action.name);
                Err(Error::new(Code::BadRequest, message))
            }
        }
    }
}
