//! A client of a queue: signs its requests itself, as every SDK does.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::task::{JoinSet, LocalSet};

use super::BATCH;
use crate::connection::Connection;
use crate::server::Server;

/// What signs requests.
#[derive(Clone)]
pub(crate) struct Keys {
    access_key: String,
    secret: String,
    token: String,
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is taken");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    model::hex::encode(&Sha256::digest(bytes))
}

impl Keys {
    /// Those of the server's admin.
    pub(super) fn issue(server: &Server) -> anyhow::Result<Self> {
        let printed = server.command(&["sqs", "credentials", "--format", "json"])?;
        let printed: Value = serde_json::from_str(&printed)?;
        let text = |key: &str| printed[key].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            access_key: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: text("SessionToken"),
        })
    }

    /// Those of nobody.
    pub(super) fn anybody() -> Self {
        let text = "test".to_owned();
        Self {
            access_key: text.clone(),
            secret: text.clone(),
            token: text,
        }
    }

    /// A signed request as bytes.
    fn request(&self, host: &str, operation: &str, body: &str) -> Vec<u8> {
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let headers = format!(
            "content-type:application/x-amz-json-1.0\nhost:{host}\nx-amz-date:{now}\nx-amz-security-token:{}\n\
             x-amz-target:AmazonSQS.{operation}\n",
            self.token
        );
        let names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
        let canonical = format!("POST\n/\n\n{headers}\n{names}\n{}", sha256(body.as_bytes()));
        let scope = format!("{}/us-east-1/sqs/aws4_request", &now[..8]);
        let text = format!(
            "AWS4-HMAC-SHA256\n{now}\n{scope}\n{}",
            sha256(canonical.as_bytes())
        );
        let first = format!("AWS4{}", self.secret).into_bytes();
        let key = scope.split('/').fold(first, |key, part| hmac(&key, part));
        let signature = model::hex::encode(&hmac(&key, &text));
        format!(
            "POST / HTTP/1.1\r\n{}authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, \
             Signature={signature}\r\ncontent-length: {}\r\n\r\n{body}",
            headers.replace('\n', "\r\n"),
            self.access_key,
            body.len()
        )
        .into_bytes()
    }
}

/// A queue that is measured.
#[derive(Clone)]
pub(crate) struct Queue {
    address: SocketAddr,
    keys: Keys,
    url: String,
}

/// One connection to a queue.
pub(super) struct Link {
    connection: Connection,
    queue: Queue,
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime?)
}

impl Queue {
    /// Makes it.
    pub(super) fn make(address: SocketAddr, keys: &Keys, name: &str) -> anyhow::Result<Self> {
        let mut queue = Self {
            address,
            keys: keys.clone(),
            url: String::new(),
        };
        let made = runtime()?.block_on(async {
            let mut link = queue.open().await?;
            link.ask("CreateQueue", json!({ "QueueName": name })).await
        })?;
        let url = made["QueueUrl"].as_str().context("a queue has a URL")?;
        url.clone_into(&mut queue.url);
        Ok(queue)
    }

    pub(super) async fn open(&self) -> anyhow::Result<Link> {
        Ok(Link {
            connection: Connection::open(self.address).await.context("cannot connect")?,
            queue: self.clone(),
        })
    }

    /// Lets some clients do `work` at the same time; the sum of what they did.
    pub(super) fn together<F: Future<Output = anyhow::Result<u64>> + 'static>(
        &self,
        clients: usize,
        work: impl Fn(Link) -> F,
    ) -> anyhow::Result<u64> {
        let (runtime, local) = (runtime()?, LocalSet::new());
        local.block_on(&runtime, async {
            let mut tasks = JoinSet::new();
            for _ in 0..clients {
                tasks.spawn_local(work(self.open().await?));
            }
            let mut done = 0;
            while let Some(ended) = tasks.join_next().await {
                done += ended.context("a client broke off")??;
            }
            Ok(done)
        })
    }

    /// Messages per second that are sent, received and deleted.
    pub(super) fn lives(&self, clients: usize, time: Duration) -> anyhow::Result<f64> {
        let begun = Instant::now();
        let done = self.together(clients, |mut link| async move {
            let mut done = 0;
            while begun.elapsed() < time {
                link.send_batch().await?;
                done += link.receive_and_delete().await?;
            }
            Ok(done)
        })?;
        Ok(done as f64 / begun.elapsed().as_secs_f64())
    }

    /// Sends so many messages.
    pub(super) fn fill(&self, clients: usize, messages: usize) -> anyhow::Result<()> {
        let left = Rc::new(std::cell::Cell::new(messages / BATCH));
        self.together(clients, |mut link| {
            let left = Rc::clone(&left);
            async move {
                while left.get() > 0 {
                    left.set(left.get() - 1);
                    link.send_batch().await?;
                }
                Ok(0)
            }
        })?;
        Ok(())
    }
}

impl Link {
    /// An operation of the queue; its answer.
    pub(super) async fn ask(&mut self, operation: &str, mut body: Value) -> anyhow::Result<Value> {
        if !self.queue.url.is_empty() {
            body["QueueUrl"] = self.queue.url.clone().into();
        }
        let host = self.queue.address.to_string();
        let request = self.queue.keys.request(&host, operation, &body.to_string());
        if self.connection.is_over() {
            self.connection = Connection::open(self.queue.address).await?;
        }
        let status = self.connection.exchange(&request).await?;
        let answer = self.connection.body();
        ensure!(
            status == 200,
            "{operation} has status {status}: {}",
            String::from_utf8_lossy(answer)
        );
        Ok(serde_json::from_slice(answer)?)
    }

    async fn send_batch(&mut self) -> anyhow::Result<()> {
        let entries: Vec<Value> = (0..BATCH)
            .map(|n| json!({ "Id": n.to_string(), "MessageBody": "a message of about sixty bytes, as many of them are, no more" }))
            .collect();
        self.ask("SendMessageBatch", json!({ "Entries": entries }))
            .await?;
        Ok(())
    }

    async fn receive_and_delete(&mut self) -> anyhow::Result<u64> {
        let found = self
            .ask("ReceiveMessage", json!({ "MaxNumberOfMessages": BATCH }))
            .await?;
        let messages = found["Messages"].as_array().cloned().unwrap_or_default();
        let entries: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(n, message)| json!({ "Id": n.to_string(), "ReceiptHandle": message["ReceiptHandle"] }))
            .collect();
        if !entries.is_empty() {
            self.ask("DeleteMessageBatch", json!({ "Entries": entries }))
                .await?;
        }
        Ok(messages.len() as u64)
    }
}
