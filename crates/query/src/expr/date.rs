//! Dates.
mod format;
mod read;
mod shift;
mod unit;
mod zone;
