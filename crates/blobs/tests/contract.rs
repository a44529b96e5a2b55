//! What every place that keeps contents must do, alike: each test here runs on a folder and on a store of objects.
//!
//! The store of objects is one in memory, and the S3 that `STOCKYARD_TEST_S3` names (`s3://BUCKET/PREFIX`, reached as the
//! variables `AWS_…` say) when it is set; `tests/s3/run.py` does that.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "contract/bed.rs"]
mod bed;
#[path = "contract/content.rs"]
mod content;
#[cfg(feature = "s3")]
#[path = "contract/copies.rs"]
mod copies;
#[path = "contract/sweeping.rs"]
mod sweeping;

/// Runs each test on every place.
macro_rules! on_every_place {
    ($($test:ident),* $(,)?) => {
        mod disk {
            $(#[test] fn $test() { super::$test(&crate::bed::Bed::disk()); })*
        }
        #[cfg(feature = "s3")]
        mod remote {
            $(#[test] fn $test() { super::$test(&crate::bed::Bed::remote()); })*
        }
    };
}
use on_every_place;
