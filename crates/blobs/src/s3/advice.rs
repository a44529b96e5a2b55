//! What an operator should check when S3 cannot be used.

use object_store::Error;

use crate::remote::shortened;

/// Where the contents are meant to be.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) bucket: String,
    pub(super) endpoint: Option<String>,
}

/// A sentence that says what S3 said and what to check.
pub(super) fn advice(place: &Place, error: &Error) -> String {
    let bucket = &place.bucket;
    let at = place.endpoint.as_deref().unwrap_or("Amazon S3");
    let text = chain(error);
    let said = shortened(error);
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map(|(code, _)| code);
    match (code, error) {
        (Some("NoSuchBucket"), _) => {
            format!("there is no bucket {bucket:?} at {at}; make it, or correct --blobs and s3.endpoint")
        }
        (
            Some(code @ ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken")),
            _,
        ) => {
            format!(
                "{at} does not take the credentials ({code}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and \
                 AWS_SESSION_TOKEN"
            )
        }
        (Some("RequestTimeTooSkewed"), _) => {
            format!("the clock of this machine is not that of {at}; set it (timedatectl, ntp)")
        }
        (
            Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"),
            _,
        ) => {
            format!("the bucket {bucket:?} is in another region; set s3.region or AWS_REGION ({said})")
        }
        (_, Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => format!(
            "{at} refuses access to the bucket {bucket:?}{}; its credentials need s3:ListBucket on it, and \
             s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on what is in it",
            code.map(|code| format!(" ({code})")).unwrap_or_default()
        ),
        (_, Error::NotFound { .. }) => format!(
            "there is nothing like S3 at {at} for the bucket {bucket:?}; check --blobs and s3.endpoint ({said})"
        ),
        _ if text.contains("without LOCATION") => {
            format!("the bucket {bucket:?} is in another region; set s3.region or AWS_REGION")
        }
        _ if ["169.254.", "redential", "AccessKeyId", "SecretAccessKey"]
            .iter()
            .any(|sign| text.contains(sign)) =>
        {
            format!(
                "there are no credentials for {at}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the \
                 machine a role ({said})"
            )
        }
        _ => format!(
            "{at} cannot be used for the bucket {bucket:?}; check that it runs, s3.endpoint, the network and the \
             certificate ({said})"
        ),
    }
}

/// What an error and all its causes say.
fn chain(error: &Error) -> String {
    let first: &dyn std::error::Error = error;
    let all = std::iter::successors(Some(first), |cause| cause.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
