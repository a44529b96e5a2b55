//! Results of queries that are not in the order of ids: which records they are was found out at once, and they are shown
//! some at a time.

use std::sync::Arc;

use model::{Code, Error};

/// Ids that one unit of work may hold.
const MOST: usize = 500_000;

/// See the module.
#[derive(Default)]
pub(super) struct Sets {
    all: Vec<Arc<Vec<String>>>,
    held: usize,
}

impl Sets {
    /// Keeps ids; by which number they are found.
    pub(super) fn keep(&mut self, ids: Vec<String>) -> Result<usize, Error> {
        self.held += ids.len();
        if self.held > MOST {
            let message = format!("the sorted queries of a script may find {MOST} records at most, use size");
            return Err(Error::new(Code::BadRequest, message));
        }
        self.all.push(Arc::new(ids));
        Ok(self.all.len() - 1)
    }

    /// Those of a number.
    pub(super) fn get(&self, number: usize) -> Option<Arc<Vec<String>>> {
        self.all.get(number).cloned()
    }
}
