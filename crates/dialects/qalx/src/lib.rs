//! The qalx dialect: items, sets, groups, blueprints, tags and files, as pyqalx speaks it.

mod factory;
