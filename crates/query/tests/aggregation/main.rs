//! Pipelines from outside: JSON in, JSON out, with the answers of MongoDB's manual.

mod arrays;
mod common;
mod conversions;
mod dates;
mod groups;
mod hostile;
mod joins;
mod numbers;
mod objects;
mod refusals;
mod reshaping;
mod sorting;
mod strings;
mod unwinding;
