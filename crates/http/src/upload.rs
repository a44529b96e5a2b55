//! Long bodies as streams: never whole in memory, bounded in length, and ended when nothing, or next to nothing, arrives
//! for too long.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use model::{Code, Error};

use crate::body::{Packing, announced, next_piece, packing, too_large};
use crate::info::RequestInfo;

/// Bytes per second that a client must manage on average, or it could hold a connection for ever with a byte now and
/// then. Only the time spent waiting for the client counts.
const MIN_RATE: f64 = 1024.0;

struct Upload {
    body: Body,
    info: RequestInfo,
    taken: u64,
    waited: Duration,
    refused: Option<Error>,
}

/// The body piece by piece; ends after the first error. The request is no longer under the request timeout, but its
/// body is under the idle timeout. Packed bodies are refused: what is stored must be what was sent.
pub fn upload(request: Request) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    let packed = matches!(packing(request.headers()), Ok(Packing::Gzip)).then(packed);
    stream_of(request, packed)
}

/// [`upload`] for handlers that know gzip by its bytes: a body packed with it is passed on as it is.
pub fn upload_packed(request: Request) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    stream_of(request, None)
}

fn stream_of(
    request: Request,
    refused: Option<Error>,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    let info = RequestInfo::of(&request);
    info.mark_streaming();
    let refused = refused.or_else(|| refusal(&request, info.options().max_upload_bytes));
    let upload = Upload {
        body: request.into_body(),
        info,
        taken: 0,
        waited: Duration::ZERO,
        refused,
    };
    stream::unfold(Some(upload), |upload| async {
        let mut upload = upload?;
        match upload.next().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(upload))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

fn refusal(request: &Request, limit: u64) -> Option<Error> {
    if let Err(error) = packing(request.headers()) {
        return Some(error);
    }
    announced(request.headers())
        .filter(|length| *length > limit)
        .map(|_| too_large(limit))
}

fn packed() -> Error {
    Error::of_field(
        Code::UnsupportedMedia,
        "content-encoding".to_owned(),
        "the content encoding \"gzip\" is not supported for uploads".to_owned(),
    )
}

impl Upload {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(error) = self.refused.take() {
            return Err(error);
        }
        let options = self.info.options();
        let asked = Instant::now();
        let piece = next_piece(&mut self.body, options.body_idle_timeout).await?;
        self.waited += asked.elapsed();
        self.taken += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.taken > options.max_upload_bytes {
            return Err(too_large(options.max_upload_bytes));
        }
        if piece.is_some() && self.is_trickle(options.body_idle_timeout) {
            let message = format!("the body arrives at less than {MIN_RATE} bytes per second");
            return Err(Error::new(Code::Timeout, message));
        }
        Ok(piece)
    }

    /// Whether the client has taken longer than one allowed pause and the time that its bytes are worth.
    fn is_trickle(&self, pause: Duration) -> bool {
        self.waited.as_secs_f64() > pause.as_secs_f64() + self.taken as f64 / MIN_RATE
    }
}
