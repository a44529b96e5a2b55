//! Blocks after failures.

use model::JobSeq;
use storage::tables::blocks::Block;

use super::bed::{Bed, read, write};

fn block(key: &str, job: i64, item: u64) -> Block {
    Block {
        key: key.to_owned(),
        job: JobSeq(job),
        item,
    }
}

fn add(bed: &dyn Bed, scope: &'static str, block: Block) {
    write(bed, move |tx| tx.add_block(scope, &block));
}

pub(crate) fn first_block_stays(bed: &dyn Bed) {
    assert!(!read(bed, |tx| tx.any_block("s")));
    add(bed, "s", block("k", 1, 7));
    add(bed, "s", block("k", 2, 8));
    assert_eq!(read(bed, |tx| tx.block("s", "k")), Some(block("k", 1, 7)));
    assert_eq!(read(bed, |tx| tx.block("other", "k")), None);
    assert!(read(bed, |tx| tx.any_block("s")) && !read(bed, |tx| tx.any_block("other")));
}

pub(crate) fn listed_in_order_of_arising(bed: &dyn Bed) {
    for (key, job, item) in [("z", 1, 5), ("a", 2, 1), ("m", 1, 9), ("b", 10, 0)] {
        add(bed, "s", block(key, job, item));
    }
    let page = |offset, limit| {
        let (blocks, total) = read(bed, move |tx| tx.blocks("s", offset, limit));
        let keys: Vec<String> = blocks.into_iter().map(|block| block.key).collect();
        (keys.concat(), total)
    };
    assert_eq!(page(0, 10), ("zmab".to_owned(), 4));
    assert_eq!(page(1, 2), ("ma".to_owned(), 4));
    assert_eq!(page(9, 2), (String::new(), 4));
}

pub(crate) fn clearing_is_per_scope(bed: &dyn Bed) {
    for (scope, key) in [("s", "a"), ("s", "b"), ("t", "a")] {
        add(bed, scope, block(key, 1, 1));
    }
    assert_eq!(write(bed, |tx| tx.clear_blocks("s")), 2);
    assert_eq!(write(bed, |tx| tx.clear_blocks("s")), 0);
    assert!(!read(bed, |tx| tx.any_block("s")) && read(bed, |tx| tx.any_block("t")));
}
