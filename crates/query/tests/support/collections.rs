//! Collections in memory: what a pipeline under test joins, and one run over documents.

use std::collections::BTreeMap;
use std::time::Duration;

use jsonb::{Jsonb, Value};
use query::{Around, Flow, Limits, Pipeline, Refusal, Source};

/// Documents by collection.
#[derive(Default)]
pub(crate) struct Collections(pub(crate) BTreeMap<String, Vec<Jsonb>>);

impl Source for Collections {
    fn scan(
        &self,
        collection: &str,
        each: &mut dyn FnMut(Value<'_>) -> Result<Flow, Refusal>,
    ) -> Result<(), Refusal> {
        for document in self.0.get(collection).into_iter().flatten() {
            if each(document.root())? == Flow::Enough {
                break;
            }
        }
        Ok(())
    }
}

/// What a pipeline makes of documents.
pub(crate) fn aggregate(
    documents: &[Jsonb],
    pipeline: Value<'_>,
    source: &Collections,
    limits: &Limits,
) -> Result<Vec<Jsonb>, Refusal> {
    let pipeline = Pipeline::parse(&pipeline, limits)?;
    let elapsed = || Duration::ZERO;
    let around = Around {
        now: 1_700_000_000_000,
        elapsed: &elapsed,
        source,
        seed: 7,
        limits,
    };
    let mut run = pipeline.start(around);
    for document in documents {
        if run.push(document.root())? == Flow::Enough {
            break;
        }
    }
    run.finish()
}
