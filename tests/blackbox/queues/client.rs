//! A client of one queue: signs its requests itself, as every SDK does, and tries nothing again by itself.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::line::Line;

const NAMES: &str = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
const JSON: &str = "application/x-amz-json-1.0";

/// See the module.
pub(super) struct Queue {
    pub(super) is_ordered: bool,
    /// Access key, secret and session token.
    keys: [String; 3],
    url: String,
    line: Line,
    http: reqwest::Client,
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn sha256(text: &str) -> String {
    model::hex::encode(&Sha256::digest(text.as_bytes()))
}

impl Queue {
    pub(super) fn new(keys: [String; 3], url: String, line: Line, is_ordered: bool) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            is_ordered,
            keys,
            url,
            line,
            http: reqwest::Client::new(),
        }
    }

    /// The same with another URL.
    pub(super) fn at(self, url: &str) -> Self {
        let url = url.to_owned();
        Self { url, ..self }
    }

    /// The answer to an operation; none when it was lost with the server.
    pub(super) async fn call(&self, operation: &str, mut body: Value) -> Option<Value> {
        body["QueueUrl"] = json!(self.url);
        let url = self.line.url().await;
        let told = self.request(&url, operation, &body.to_string()).await;
        match told {
            Ok((200, told)) => Some(told),
            Ok((status, told)) => panic!("{operation}: {status} {told}"),
            Err(_) => {
                self.line.lost(&url).await;
                None
            }
        }
    }

    async fn request(&self, url: &str, operation: &str, body: &str) -> reqwest::Result<(u16, Value)> {
        let [key, secret, token] = &self.keys;
        let (host, target) = (
            url.trim_start_matches("http://"),
            format!("AmazonSQS.{operation}"),
        );
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let headers = format!(
            "content-type:{JSON}\nhost:{host}\nx-amz-date:{now}\nx-amz-security-token:{token}\nx-amz-target:{target}\n"
        );
        let canonical = format!("POST\n/sqs/\n\n{headers}\n{NAMES}\n{}", sha256(body));
        let scope = format!("{}/eu-west-2/sqs/aws4_request", &now[..8]);
        let text = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", sha256(&canonical));
        let first = format!("AWS4{secret}").into_bytes();
        let signing = scope.split('/').fold(first, |key, part| hmac(&key, part));
        let signature = model::hex::encode(&hmac(&signing, &text));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={NAMES}, Signature={signature}"
        );
        let request = self.http.post(format!("{url}/sqs/"));
        let request = request.header("content-type", JSON).header("x-amz-date", now);
        let request = request
            .header("x-amz-security-token", token)
            .header("x-amz-target", target);
        let answer = request
            .header("authorization", authorization)
            .body(body.to_owned())
            .send()
            .await?;
        let (status, body) = (answer.status().as_u16(), answer.bytes().await?);
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}
