//! Things that stand still after a failure: further work on them is refused until somebody clears the block.

use model::JobSeq;

use crate::Result;

/// One blocked thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What is blocked: an article number, for example.
    pub key: String,
    /// The job in which it failed.
    pub job: JobSeq,
    /// The item of that job that failed.
    pub item: u64,
}

/// Reading blocks. `scope` names the kind of thing.
pub trait ReadBlocks {
    /// Whether anything in `scope` is blocked; cheap, so that the usual case skips the look-ups.
    fn any_block(&mut self, scope: &str) -> Result<bool>;
    /// The block on `key`.
    fn block(&mut self, scope: &str, key: &str) -> Result<Option<Block>>;
    /// Up to `limit` blocks after `offset`, in the order in which they arose, and how many there are.
    fn blocks(&mut self, scope: &str, offset: u64, limit: u64) -> Result<(Vec<Block>, u64)>;
}

/// Writing blocks.
pub trait WriteBlocks {
    /// Blocks a thing; the first block on a key stays.
    fn add_block(&mut self, scope: &str, block: &Block) -> Result<()>;
    /// Lifts every block of `scope`; returns how many there were.
    fn clear_blocks(&mut self, scope: &str) -> Result<u64>;
}
