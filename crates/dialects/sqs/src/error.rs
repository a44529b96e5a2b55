//! Refusals in the words of SQS: each has a name in either protocol and a status in the older one.
//!
//! The JSON protocol says the name of the shape in `__type` and the older code in `x-amzn-query-error`, which clients that
//! were written for the older protocol go by.

use std::borrow::Cow;

use axum::response::Response;
use edge::RequestInfo;
use engine::queues::{Fault, FaultKind};
use http::StatusCode;
use model::{Class, Error};

use crate::reply;

/// How a refusal is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// In the JSON protocol.
    pub(crate) shape: &'static str,
    /// In the older protocol.
    pub(crate) code: &'static str,
    /// Its status in the older protocol.
    pub(crate) status: u16,
}

const fn name(shape: &'static str, code: &'static str, status: u16) -> Name {
    Name { shape, code, status }
}

const SQS: &str = "com.amazonaws.sqs#";
/// Refusals that are not of SQS alone.
const COMMON: &str = "com.amazon.coral.service#";

/// A refusal on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) name: Name,
    pub(crate) message: Cow<'static, str>,
    /// What the log is to say.
    pub(crate) error: Option<Box<Error>>,
}

macro_rules! common {
    ($($(#[$doc:meta])* $word:ident = $shape:literal, $code:literal, $status:literal;)*) => {
        impl Refusal {
            $($(#[$doc])* pub(crate) fn $word(message: impl Into<Cow<'static, str>>) -> Self {
                Self { name: name($shape, $code, $status), message: message.into(), error: None }
            })*
        }

        /// Names of [`COMMON`] refusals.
        #[cfg(test)]
        const ALL_COMMON: &[&str] = &[$($shape),*];
    };
}

common! {
    /// No signature.
    unsigned = "MissingAuthenticationTokenException", "MissingAuthenticationToken", 403;
    /// A signature that lacks something.
    incomplete = "IncompleteSignatureException", "IncompleteSignature", 400;
    /// A signature that does not fit.
    wrong_signature = "InvalidSignatureException", "SignatureDoesNotMatch", 403;
    /// Signed too long ago, or in the future.
    too_old = "RequestExpired", "RequestExpired", 400;
    /// Credentials that nobody has.
    unknown_key = "UnrecognizedClientException", "InvalidClientTokenId", 403;
    /// Credentials whose time is over.
    expired = "ExpiredTokenException", "ExpiredToken", 403;
    /// No such operation.
    unknown_operation = "UnknownOperationException", "InvalidAction", 400;
    /// A body that cannot be read.
    unreadable = "SerializationException", "MalformedInput", 400;
    /// A URL that is none of a queue.
    address = "InvalidAddress", "InvalidAddress", 404;
    /// Not now.
    unavailable = "ServiceUnavailable", "ServiceUnavailable", 503;
    /// Too often.
    throttled = "ThrottlingException", "ThrottlingException", 400;
    /// A fault of the server.
    internal = "InternalFailure", "InternalFailure", 500;
}

/// What the kinds of refusals of queues are called.
pub(crate) fn named(kind: FaultKind) -> Name {
    match kind {
        FaultKind::NoQueue => name(
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
            400,
        ),
        FaultKind::QueueExists => name("QueueNameExists", "QueueAlreadyExists", 400),
        FaultKind::PurgedLately => name(
            "PurgeQueueInProgress",
            "AWS.SimpleQueueService.PurgeQueueInProgress",
            403,
        ),
        FaultKind::AttributeName => name("InvalidAttributeName", "InvalidAttributeName", 400),
        FaultKind::AttributeValue => name("InvalidAttributeValue", "InvalidAttributeValue", 400),
        FaultKind::Parameter => name("InvalidParameterValueException", "InvalidParameterValue", 400),
        FaultKind::Missing => name("MissingRequiredParameterException", "MissingParameter", 400),
        FaultKind::Contents => name("InvalidMessageContents", "InvalidMessageContents", 400),
        FaultKind::Handle => name("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404),
        FaultKind::NotHeld => name(
            "MessageNotInflight",
            "AWS.SimpleQueueService.MessageNotInflight",
            400,
        ),
        FaultKind::OverLimit => name("OverLimit", "OverLimit", 403),
        FaultKind::EmptyBatch => name(
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
            400,
        ),
        FaultKind::LongBatch => name(
            "TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            400,
        ),
        FaultKind::BatchTooLong => name(
            "BatchRequestTooLong",
            "AWS.SimpleQueueService.BatchRequestTooLong",
            400,
        ),
        FaultKind::EntryId => name(
            "InvalidBatchEntryId",
            "AWS.SimpleQueueService.InvalidBatchEntryId",
            400,
        ),
        FaultKind::EntryIdTwice => name(
            "BatchEntryIdsNotDistinct",
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            400,
        ),
        FaultKind::Unsupported => name(
            "UnsupportedOperation",
            "AWS.SimpleQueueService.UnsupportedOperation",
            400,
        ),
        FaultKind::NoTask => name("ResourceNotFoundException", "ResourceNotFoundException", 404),
        FaultKind::Denied => name("AccessDeniedException", "AccessDenied", 403),
        FaultKind::Other => name("InternalFailure", "InternalFailure", 500),
    }
}

impl Name {
    /// The whole name of the shape.
    pub(crate) fn full_shape(&self) -> String {
        let is_common = self.shape.ends_with("Exception") && self.shape != "ResourceNotFoundException"
            || matches!(
                self.shape,
                "RequestExpired" | "ServiceUnavailable" | "InternalFailure"
            );
        let space = if is_common { COMMON } else { SQS };
        format!("{space}{}", self.shape)
    }

    /// Whose fault it is.
    pub(crate) fn is_senders(&self) -> bool {
        self.status < 500
    }

    /// Its status in the JSON protocol: only who asks and the server's own faults differ.
    pub(crate) fn json_status(&self) -> StatusCode {
        let is_about_caller = self.status == 403 && self.full_shape().starts_with(COMMON);
        let status = if is_about_caller || self.status >= 500 {
            self.status
        } else {
            400
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault.error() {
            Some(error) => error.clone().into(),
            None => Self {
                name: named(fault.kind()),
                message: fault.message().to_owned().into(),
                error: None,
            },
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let message = error.message().to_owned();
        let refusal = match error.class() {
            Class::BadRequest | Class::UnsupportedMedia | Class::MethodNotAllowed | Class::Timeout => {
                Self::unreadable(message)
            }
            Class::Unauthenticated => Self::unknown_key(message),
            Class::Invalid | Class::TooLarge | Class::Conflict => {
                Fault::new(FaultKind::Parameter, message).into()
            }
            Class::Forbidden => Fault::new(FaultKind::Denied, message).into(),
            Class::NotFound => Self::unknown_operation(message),
            Class::TooMany => Self::throttled(message),
            Class::Unavailable | Class::StorageFull => Self::unavailable(message),
            Class::Internal => Self::internal("internal error"),
        };
        let error = Some(Box::new(error));
        Self { error, ..refusal }
    }
}

/// Gives an error its body where no request was read; in the form of the JSON protocol.
pub(crate) fn render(error: &Error, info: &RequestInfo) -> Response {
    let mut response = reply::refusal_json(&error.clone().into(), info);
    *response.status_mut() = edge::status_of(error.class());
    response
}

#[cfg(test)]
mod tests {
    use engine::queues::FaultKind;

    use super::{ALL_COMMON, COMMON, Refusal, SQS, named};

    #[test]
    fn shapes_have_their_spaces() {
        assert!(ALL_COMMON.len() > 10);
        assert_eq!(
            Refusal::too_old("").name.full_shape(),
            format!("{COMMON}RequestExpired")
        );
        assert_eq!(
            Refusal::address("").name.full_shape(),
            format!("{SQS}InvalidAddress")
        );
        let queue = named(FaultKind::NoQueue);
        assert_eq!(queue.full_shape(), format!("{SQS}QueueDoesNotExist"));
        assert_eq!(named(FaultKind::NoTask).json_status().as_u16(), 400);
        assert_eq!(named(FaultKind::OverLimit).json_status().as_u16(), 400);
        assert_eq!(named(FaultKind::Denied).json_status().as_u16(), 403);
        assert_eq!(Refusal::internal("").name.json_status().as_u16(), 500);
    }
}
