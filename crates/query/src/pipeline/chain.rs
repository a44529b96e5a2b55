//! [`Chain`]: the running stages, each pushing into the next.

use std::sync::Arc;

use jsonb::Value;

use super::{Cx, Flow, Pipeline};
use crate::stages::State;
use crate::{Refusal, Val};

/// Running stages in order.
pub(crate) struct Chain<'p>(Vec<Step<'p>>);

/// One running stage.
pub(crate) struct Step<'p> {
    state: Box<dyn State + 'p>,
    name: &'static str,
    index: usize,
    done: bool,
}

/// What takes the documents that come out at the end.
pub(crate) type Out<'o> = dyn FnMut(Value<'_>) -> Result<Flow, Refusal> + 'o;

/// What comes after a stage.
pub(crate) struct Next<'n, 'p> {
    rest: &'n mut [Step<'p>],
    out: &'n mut Out<'n>,
    pub(crate) cx: &'n Cx<'n>,
}

impl<'p> Chain<'p> {
    /// Starts a pipeline's stages with the variables it was parsed with.
    pub(crate) fn start(pipeline: &'p Pipeline, vars: &Arc<[Val<'static>]>) -> Self {
        let steps = pipeline.stages().iter().enumerate().map(|(index, stage)| Step {
            state: stage.start(vars),
            name: stage.name(),
            index,
            done: false,
        });
        Self(steps.collect())
    }

    /// Pushes one document in.
    pub(crate) fn push<'n>(
        &'n mut self,
        document: Value<'_>,
        cx: &'n Cx<'n>,
        out: &'n mut Out<'n>,
    ) -> Result<Flow, Refusal> {
        let rest = self.0.as_mut_slice();
        Next { rest, out, cx }.push(document)
    }

    /// Lets every stage give what it held back.
    pub(crate) fn finish(&mut self, cx: &Cx<'_>, out: &mut Out<'_>) -> Result<(), Refusal> {
        let mut rest = self.0.as_mut_slice();
        while let Some((step, after)) = rest.split_first_mut() {
            let mut push = |document: Value<'_>| out(document);
            let next = &mut Next {
                rest: after,
                out: &mut push,
                cx,
            };
            let finished = step.state.finish(next);
            finished.map_err(|refusal| blame(refusal, cx, step.name, step.index))?;
            rest = after;
        }
        Ok(())
    }
}

impl Next<'_, '_> {
    /// Pushes a document into the following stages.
    #[inline]
    pub(crate) fn push(&mut self, document: Value<'_>) -> Result<Flow, Refusal> {
        let Some((step, rest)) = self.rest.split_first_mut() else {
            return (self.out)(document);
        };
        if step.done {
            return Ok(Flow::Enough);
        }
        let cx = self.cx;
        let out = &mut *self.out;
        let mut push = |document: Value<'_>| out(document);
        let mut next = Next {
            rest,
            out: &mut push,
            cx,
        };
        let flow = step.state.push(document, &mut next);
        let flow = flow.map_err(|refusal| blame(refusal, cx, step.name, step.index))?;
        step.done = flow == Flow::Enough;
        Ok(flow)
    }
}

/// Adds the stage to a refusal, if none of the stages after it has done so.
#[cold]
fn blame(refusal: Refusal, cx: &Cx<'_>, name: &str, index: usize) -> Refusal {
    if cx.blamed.replace(true) {
        return refusal;
    }
    refusal.under(name).under(index)
}
