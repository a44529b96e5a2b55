//! What Amazon, or the way there, did not do.

/// Why a call had no answer, or a refusal. The message has no secret in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Amazon refused; with its code.
    #[error("Amazon refuses {call} ({code}): {message}")]
    Refused {
        /// The call.
        call: &'static str,
        /// Amazon's code.
        code: String,
        /// Amazon's words.
        message: String,
    },
    /// There was no answer that could be read.
    #[error("Amazon does not answer {call}: {why}")]
    Unreachable {
        /// The call.
        call: &'static str,
        /// What happened.
        why: String,
    },
}

impl Fault {
    /// Whether it was refused with this code, whatever stands before a `#` or a last dot in it.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        match self {
            Self::Refused { code, .. } => code.rsplit(['#', '.']).next() == Some(wanted),
            Self::Unreachable { .. } => false,
        }
    }
}
