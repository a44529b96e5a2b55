//! The sandbox for an app's JavaScript: pure functions over a record, and functions that act.
//!
//! Labels, defaults, required and access rules, calculated values and validations are functions of an entity's file. They
//! get a record and its parts, answer with JSON, and can neither reach anything outside nor keep anything: every call
//! sees the file's top level freshly run in a world that is frozen, and runs under limits of time, memory and stack.
//! Functions of actions and listeners are called the same way, but may ask the server for records and change them: what
//! they ask goes to [`Effects`], which knows what a record is.
//!
//! [`Sandbox`] owns a few threads with an interpreter each; [`Program`] is one checked file; [`Program::call`] may be used
//! from any thread. What scripts see (`record`, `sys`) is written in JavaScript, in `prelude/`; what only the server can
//! do comes from `host.rs`.

mod argument;
mod bodies;
mod effects;
mod error;
mod host;
mod options;
mod outcome;
mod pool;
mod realm;
mod sandbox;
mod shape;
mod source;
mod time;

pub use argument::{Argument, Context, User};
pub use effects::{Act, Effects, Refused, Stop};
pub use error::{Kind, ScriptError};
pub use options::Options;
pub use outcome::{Level, LogLine, Outcome};
pub use sandbox::{Program, Sandbox};
pub use shape::{Field, FieldKind, Shape};
