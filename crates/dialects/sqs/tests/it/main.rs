//! The dialect on the wire.
