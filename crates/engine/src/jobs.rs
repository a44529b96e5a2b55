//! Jobs as callers see and steer them.
