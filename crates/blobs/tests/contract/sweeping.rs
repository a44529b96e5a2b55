//! What a sweep takes, and what it never takes.

use blobs::{Error, Result, Swept};

use crate::bed::Bed;

crate::on_every_place!(
    takes_what_is_old_and_unreferenced_and_nothing_else,
    leaves_what_is_put_again_while_it_looks,
    leaves_what_is_touched_while_it_looks,
    a_failing_caller_loses_nothing,
);

fn takes_what_is_old_and_unreferenced_and_nothing_else(bed: &Bed) {
    let (garbage, kept) = (bed.add(b"garbage"), bed.add(b"referenced"));
    let moment = bed.moment();
    let young = bed.add(b"just put, no reference yet");
    let mut asked = Vec::new();
    let swept = bed.blobs.sweep(moment, |ids| -> Result<_> {
        asked.extend_from_slice(ids);
        Ok(ids.iter().map(|id| *id == kept).collect())
    });
    let expected = Swept {
        seen: 3,
        deleted: 1,
        bytes: 7,
        temporary: 0,
    };
    assert_eq!(swept.unwrap(), expected);
    assert!(!asked.contains(&young));
    let mut left = vec![kept, young];
    left.sort();
    assert_eq!(bed.ids(), left);
    assert!(!bed.blobs.exists(&garbage).unwrap());
}

fn leaves_what_is_put_again_while_it_looks(bed: &Bed) {
    let id = bed.add(b"wanted again");
    let moment = bed.moment();
    let swept = bed.blobs.sweep(moment, |ids| -> Result<_> {
        assert_eq!(ids, [id]);
        // The sweep has read the age and found no reference; the put comes before it deletes.
        assert_eq!(bed.add(b"wanted again"), id);
        Ok(vec![false])
    });
    assert_eq!(swept.unwrap().deleted, 0);
    assert_eq!(bed.blobs.verify(&id).unwrap().size, 12);
}

fn leaves_what_is_touched_while_it_looks(bed: &Bed) {
    let id = bed.add(b"linked from a second record");
    let moment = bed.moment();
    let swept = bed.blobs.sweep(moment, |_| -> Result<_> {
        assert!(bed.blobs.touch(&id).unwrap());
        Ok(vec![false])
    });
    assert_eq!(swept.unwrap().deleted, 0);
    assert!(bed.blobs.stat(&id).unwrap().unwrap().modified >= moment);
    assert_eq!(bed.blobs.verify(&id).unwrap().size, 27);
}

fn a_failing_caller_loses_nothing(bed: &Bed) {
    let id = bed.add(b"content");
    let moment = bed.moment();
    let failed = bed
        .blobs
        .sweep(moment, |_| Err::<Vec<bool>, _>(Error::NotFound { id }));
    assert!(matches!(failed, Err(Error::NotFound { .. })));
    let confused = bed.blobs.sweep(moment, |_| -> Result<_> { Ok(Vec::new()) });
    assert!(matches!(
        confused,
        Err(Error::SweepAnswers {
            asked: 1,
            answered: 0
        })
    ));
    assert!(bed.blobs.exists(&id).unwrap());
}
