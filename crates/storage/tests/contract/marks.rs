//! Named values.

use super::bed::{Bed, read, write};

pub(crate) fn set_and_replaced(bed: &dyn Bed) {
    assert_eq!(read(bed, |tx| tx.mark("m")), None);
    for value in ["1", "", "zwei \u{1f600}"] {
        write(bed, move |tx| tx.set_mark("m", value));
        assert_eq!(read(bed, |tx| tx.mark("m")).as_deref(), Some(value));
    }
    write(bed, |tx| tx.set_mark("M", "other"));
    assert_eq!(read(bed, |tx| tx.mark("m")).as_deref(), Some("zwei \u{1f600}"));
}
