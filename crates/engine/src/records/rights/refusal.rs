//! What is told of a right that is not there.

use app::permissions::Right;
use model::{Code, Error};

use super::Rights;

impl Rights<'_> {
    /// The refusal of a right.
    pub(in crate::records) fn forbidden(&self, right: Right<'_>) -> Error {
        let what = match right {
            Right::Read => "read",
            Right::Create => "create",
            Right::Update => "change",
            Right::Delete => "delete",
            Right::History => "read the history of",
            Right::Action(name) => {
                let message = format!("you may not run {name} on records of {}", self.entity.name);
                return Error::new(Code::Forbidden, message);
            }
        };
        let message = format!("you may not {what} this record, or any, of {}", self.entity.name);
        Error::new(Code::Forbidden, message)
    }
}
