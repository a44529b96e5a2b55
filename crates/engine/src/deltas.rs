//! Delta updates.
