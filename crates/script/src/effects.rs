//! What functions of actions and listeners may do beside computing: they ask somebody, by name and with JSON.
//!
//! The crate knows neither records nor stores. The prelude makes `sys.data.save(record)` a question (`save`, with what was
//! changed), whoever calls the function answers it, and the prelude makes a record of the answer again.

use std::sync::Arc;
use std::time::Duration;

use crate::Shape;

/// Whether a call is to end before its time.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// Answers what a function asks.
pub trait Effects {
    /// The answer to a question, both as JSON; an empty text is `undefined`.
    ///
    /// # Errors
    /// What the function sees as an exception.
    fn ask(&mut self, what: &str, given: &str) -> Result<String, Refused>;
    /// The fields of the entity of this name.
    fn shape(&self, entity: &str) -> Option<Shape>;
}

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The code of the exception.
    pub code: String,
    /// Its message.
    pub message: String,
    /// What is said beside it, as JSON.
    pub info: Option<String>,
    /// Whether the function must not go on, whatever it catches.
    pub ends: bool,
}

/// How a function is called that may ask.
pub struct Act {
    /// Who answers.
    pub effects: Box<dyn Effects>,
    /// Its time; within another call not more than that one has left.
    pub time: Duration,
    /// Whether it is to end before.
    pub stop: Option<Stop>,
    /// Longest result, in characters of JSON.
    pub result_chars: usize,
}
