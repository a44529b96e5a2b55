//! Bringing one article over: the requests, the tries, and what each answer means.
//!
//! | answer | meaning |
//! |---|---|
//! | success; 404 to `DELETE` | done |
//! | 404 to `PATCH` | there is no such item yet: `POST` it |
//! | 401 | the token is renewed once; then the job fails |
//! | 429, 503 | waits as asked, or longer each time; after [`BUSY_TRIES`] the job fails |
//! | other 5xx, a broken connection | tried [`TRIES`] times, then the item failed |
//! | everything else | the item failed |
//! | no connection, host not allowed | the job fails, the former after [`TRIES`] |

use std::time::Duration;

use ::jobs::{Interrupt, Run};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fetch::{Response, Wait};
use model::{Code, Error};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_MATCH};
use reqwest::{Method, StatusCode};

use super::body::{Bodies, of_article};
use super::token::{Token, form};
use super::{Failure, answer, url};
use crate::exports::{Auth, Mapping, Target};
use crate::kinds::Tools;
use crate::kinds::export::source::Entry;

const TRIES: u32 = 3;
const BUSY_TRIES: u32 = 10;
/// The longest wait that follows from the number of tries.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// The longest wait that the other side may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(300);
/// How often a request under way looks up whether the job is to stop.
const LOOK: Duration = Duration::from_millis(100);

pub(super) struct Client<'a> {
    tools: &'a Tools,
    name: &'a str,
    target: &'a Target,
    mapping: &'a Mapping,
    token: Option<Token>,
}

/// What is to be done to one item.
enum Call {
    Put(Bodies),
    Delete,
}

/// A request without the credentials.
struct Request<'a> {
    method: Method,
    url: &'a str,
    content_type: &'static str,
    body: &'a [u8],
}

/// How often something went wrong with one item.
#[derive(Default)]
struct Tries {
    busy: u32,
    faults: u32,
    renewed: bool,
}

/// What follows from an answer.
enum Verdict {
    Done,
    Failed(Failure),
    Again(Duration),
}

type Answer = Result<Response, fetch::Error>;

impl<'a> Client<'a> {
    pub(super) fn new(tools: &'a Tools, name: &'a str, target: &'a Target, mapping: &'a Mapping) -> Self {
        Self {
            tools,
            name,
            target,
            mapping,
            token: None,
        }
    }

    /// Makes the item what the article is; the inner error is the item's alone.
    pub(super) fn bring(&mut self, run: &Run, entry: &Entry) -> Result<Result<(), Failure>, Interrupt> {
        let call = match &entry.body {
            None => Call::Delete,
            Some(body) => match of_article(self.mapping, &entry.id, body.root()).map_err(Error::internal)? {
                Ok(bodies) => Call::Put(bodies),
                Err(error) => return Ok(Err(Failure { error, status: None })),
            },
        };
        let url = url::of_item(&self.target.url, &entry.id);
        let mut tries = Tries::default();
        loop {
            let answer = self.call(run, &url, &call)?;
            match self.judge(run, answer, &call, &mut tries)? {
                Verdict::Done => return Ok(Ok(())),
                Verdict::Failed(failure) => return Ok(Err(failure)),
                Verdict::Again(wait) => self.wait(run, wait)?,
            }
        }
    }

    fn call(&mut self, run: &Run, url: &str, call: &Call) -> Result<Answer, Interrupt> {
        let request = |method, url, body| Request {
            method,
            url,
            content_type: "application/json",
            body,
        };
        let bodies = match call {
            Call::Delete => return self.send(run, &request(Method::DELETE, url, &[])),
            Call::Put(bodies) => bodies,
        };
        let answer = self.send(run, &request(Method::PATCH, url, &bodies.patch))?;
        match &answer {
            Ok(patched) if patched.status == StatusCode::NOT_FOUND => {
                let set = &self.target.url;
                self.send(run, &request(Method::POST, set, &bodies.post))
            }
            _ => Ok(answer),
        }
    }

    /// Sends a request with the target's credentials.
    fn send(&mut self, run: &Run, request: &Request<'_>) -> Result<Answer, Interrupt> {
        let credentials = self.credentials(run)?;
        self.exchange(run, request, credentials)
    }

    fn exchange(
        &self,
        run: &Run,
        request: &Request<'_>,
        credentials: Option<HeaderValue>,
    ) -> Result<Answer, Interrupt> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(request.content_type));
        if request.method != Method::POST {
            headers.insert(IF_MATCH, HeaderValue::from_static("*"));
        }
        headers.extend(credentials.map(|value| (AUTHORIZATION, value)));
        let fetcher = &self.tools.fetcher;
        let sent = async {
            let url = fetcher.check(request.url)?;
            fetcher
                .send(request.method.clone(), &url, headers, request.body.to_vec())
                .await
        };
        self.tools.runtime.block_on(async {
            tokio::select! {
                answer = sent => Ok(answer),
                () = asked_to_stop(run) => Err(Interrupt::Stopped),
            }
        })
    }

    fn judge(
        &mut self,
        run: &Run,
        answer: Answer,
        call: &Call,
        tries: &mut Tries,
    ) -> Result<Verdict, Interrupt> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return self.judge_silence(error, tries),
        };
        let gone = answer.status == StatusCode::NOT_FOUND && matches!(call, Call::Delete);
        match answer.status.as_u16() {
            200..=299 => Ok(Verdict::Done),
            _ if gone => Ok(Verdict::Done),
            401 if matches!(self.target.auth, Auth::Oauth { .. }) && !tries.renewed => {
                (tries.renewed, self.token) = (true, None);
                Ok(Verdict::Again(Duration::ZERO))
            }
            401 => Err(self.fails(Code::BadValue, "refuses the credentials (401)")),
            status @ (429 | 503) => {
                tries.busy += 1;
                if tries.busy >= BUSY_TRIES {
                    let what = format!("answered {status} {BUSY_TRIES} times in a row");
                    return Err(self.fails(Code::Unavailable, &what));
                }
                let asked = answer::retry_after(&answer, run.now()).map(|wait| wait.min(LONGEST_ASKED));
                Ok(Verdict::Again(asked.unwrap_or_else(|| backoff(tries.busy))))
            }
            500..=599 => {
                tries.faults += 1;
                match tries.faults >= TRIES {
                    true => Ok(Verdict::Failed(self.refusal(&answer))),
                    false => Ok(Verdict::Again(backoff(tries.faults))),
                }
            }
            _ => Ok(Verdict::Failed(self.refusal(&answer))),
        }
    }

    /// What follows when no answer came.
    fn judge_silence(&self, error: fetch::Error, tries: &mut Tries) -> Result<Verdict, Interrupt> {
        if let fetch::Error::Refused(refused) = error {
            return Err(self.fails(Code::AddressRefused, &format!("may not be asked: {refused}")));
        }
        tries.faults += 1;
        if error.is_retryable() && tries.faults < TRIES {
            return Ok(Verdict::Again(backoff(tries.faults)));
        }
        let no_connection = matches!(
            error,
            fetch::Error::Connect { .. }
                | fetch::Error::Timeout {
                    wait: Wait::Connect,
                    ..
                }
        );
        if no_connection {
            return Err(self.fails(Code::Unavailable, &format!("cannot be reached: {error}")));
        }
        let error = error.to_string();
        Ok(Verdict::Failed(Failure { error, status: None }))
    }

    fn refusal(&self, answer: &Response) -> Failure {
        let status = answer.status.as_u16();
        let error = match self.message(answer).as_str() {
            "" => format!("answered {status}"),
            message => message.to_owned(),
        };
        Failure {
            error,
            status: Some(status),
        }
    }

    /// What an answer says, without the secrets of this target.
    fn message(&self, answer: &Response) -> String {
        let token = self.token.as_ref().map(|token| token.value.as_str());
        match &self.target.auth {
            Auth::None => answer::message(answer, &[]),
            Auth::Basic { user, password } => {
                let header = STANDARD.encode(format!("{user}:{}", password.reveal()));
                answer::message(answer, &[&header, password.reveal()])
            }
            Auth::Oauth { client_secret, .. } => {
                answer::message(answer, &[client_secret.reveal(), token.unwrap_or_default()])
            }
        }
    }

    fn credentials(&mut self, run: &Run) -> Result<Option<HeaderValue>, Interrupt> {
        match &self.target.auth {
            Auth::None => return Ok(None),
            Auth::Basic { user, password } => return Ok(Some(fetch::basic(user, password.reveal()))),
            Auth::Oauth { .. } => {}
        }
        let token = match self.token.take().filter(|token| token.is_good(run.now())) {
            Some(token) => token,
            None => self.fetch_token(run)?,
        };
        let header = fetch::bearer(&token.value)
            .map_err(|_| self.fails(Code::BadValue, "was given a token that no header may have"))?;
        self.token = Some(token);
        Ok(Some(header))
    }

    fn fetch_token(&self, run: &Run) -> Result<Token, Interrupt> {
        let Auth::Oauth {
            token_url,
            client_id,
            client_secret,
            scope,
        } = &self.target.auth
        else {
            return Err(Error::internal("a token for a target without tokens").into());
        };
        let body = form(client_id, client_secret.reveal(), scope);
        let request = Request {
            method: Method::POST,
            url: token_url,
            content_type: "application/x-www-form-urlencoded",
            body: body.as_bytes(),
        };
        for attempt in 1.. {
            let answer = self.exchange(run, &request, None)?;
            let (passing, what, asked) = match &answer {
                Ok(answer) if answer.status.is_success() => {
                    let token = Token::read(&answer.body, run.now());
                    return token.map_err(|what| self.fails_at_token(what));
                }
                Ok(answer) => {
                    let status = answer.status;
                    let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                    let what = format!("it answered {}: {}", status.as_u16(), self.message(answer));
                    (passing, what, answer::retry_after(answer, run.now()))
                }
                Err(error) => (error.is_retryable(), error.to_string(), None),
            };
            if !passing || attempt >= TRIES {
                return Err(self.fails_at_token(&what));
            }
            self.wait(
                run,
                asked.map_or_else(|| backoff(attempt), |wait| wait.min(LONGEST_ASKED)),
            )?;
        }
        Err(Error::internal("the attempts at a token ended without a verdict").into())
    }

    fn fails_at_token(&self, what: &str) -> Interrupt {
        self.fails(
            Code::BadValue,
            &format!("has a token service that gives no token: {what}"),
        )
    }

    fn fails(&self, code: Code, what: &str) -> Interrupt {
        Error::new(code, format!("push target {} {what}", self.name)).into()
    }

    fn wait(&self, run: &Run, time: Duration) -> Result<(), Interrupt> {
        if !time.is_zero() {
            self.tools.options.exports.pause.wait(time, &|| run.should_stop());
        }
        run.check()
    }
}

fn backoff(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(10);
    Duration::from_secs(1 << doublings).min(LONGEST_BACKOFF)
}

async fn asked_to_stop(run: &Run) {
    while !run.should_stop() {
        tokio::time::sleep(LOOK).await;
    }
}
