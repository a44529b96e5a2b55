//! What only the embedded backend has: a file, processes around it, a disk under it.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod sqlite {
    mod access;
    mod backup;
    mod builds;
    mod crash;
    mod foreign;
    mod full;
    mod kit;
    mod load;
    mod look_ups;
    mod tmpfs;
}
