//! [`Run`]: one run of a pipeline, from its first document to its result.

use std::sync::Arc;

use jsonb::{Jsonb, Value};

use super::{Around, Chain, Cx, Flow, Pipeline};
use crate::Refusal;

/// A pipeline that is running.
pub struct Run<'p> {
    chain: Chain<'p>,
    cx: Cx<'p>,
    result: Answer,
}

/// The documents that came out.
#[derive(Default)]
struct Answer {
    documents: Vec<Jsonb>,
    bytes: usize,
}

impl<'p> Run<'p> {
    pub(super) fn new(pipeline: &'p Pipeline, around: Around<'p>) -> Self {
        Self {
            chain: Chain::start(pipeline, &Arc::from([])),
            cx: Cx::new(around),
            result: Answer::default(),
        }
    }

    /// Pushes one document in; after [`Flow::Enough`] more have no effect.
    ///
    /// # Errors
    /// A [`Refusal`] when a stage cannot go on; the run is over then.
    #[inline]
    pub fn push(&mut self, document: Value<'_>) -> Result<Flow, Refusal> {
        let Self { chain, cx, result } = self;
        cx.tick()?;
        chain.push(document, cx, &mut |document| result.take(document, cx))
    }

    /// Ends the run and gives its documents.
    ///
    /// # Errors
    /// A [`Refusal`] when a stage cannot go on.
    pub fn finish(mut self) -> Result<Vec<Jsonb>, Refusal> {
        let Self { chain, cx, result } = &mut self;
        chain.finish(cx, &mut |document| result.take(document, cx))?;
        Ok(self.result.documents)
    }
}

impl Answer {
    fn take(&mut self, document: Value<'_>, cx: &Cx<'_>) -> Result<Flow, Refusal> {
        let bytes = document.as_bytes();
        let allowed = cx.limits().result_bytes;
        self.bytes = self.bytes.saturating_add(bytes.len() + size_of::<Jsonb>());
        if self.bytes > allowed {
            return Err(Refusal::beyond(
                format_args!("the result takes more than {allowed} bytes"),
                "result_bytes",
            ));
        }
        self.documents.push(Jsonb::from_stored(bytes.to_vec()));
        Ok(Flow::More)
    }
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("documents", &self.result.documents.len())
            .finish_non_exhaustive()
    }
}
