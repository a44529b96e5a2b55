//! One query language core: filters, sorts, projections and pipelines with MongoDB's semantics.
