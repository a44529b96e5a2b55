//! Credentials that sign requests: for all queues of a user, or for one queue.
//!
//! A signature can only be checked by one who has the secret, so a digest of it does not suffice; and nothing of it is
//! stored. The session token says for whom and until when, signed by the server's key; the secret is derived from both. So
//! credentials cost no write, also where every answer carries fresh ones. They end when their time is over, when the user
//! is gone or switched off, or, where they are good for one queue, when that queue is deleted.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use model::{Actor, Code, Error, QueueId, Timestamp, UserId, hex};
use sha2::Sha256;
use storage::Tx;
use subtle::ConstantTimeEq;

use super::{Caller, Fault, QueueName, Queues, open};

/// The mark under which the key is kept.
const MARK: &str = "queues.key";
const VERSION: u8 = 1;
/// Random bytes of an access key, which are 16 letters of base32.
const RANDOM: usize = 10;
const PAYLOAD: usize = 1 + RANDOM + 3 * 8;
const SEAL: usize = 16;
/// What access keys of limited time begin with.
const PREFIX: &str = "ASIA";
/// The longest life of credentials for one queue.
const LONGEST_OF_QUEUE: Duration = Duration::from_secs(24 * 3600);
/// The longest life of others.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);
const SHORTEST: Duration = Duration::from_secs(3600);

/// What credentials are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All queues of the user.
    Account,
    /// This queue.
    Queue(QueueId),
}

/// Credentials as a client gets them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key.
    pub access_key: String,
    /// The secret.
    pub secret: String,
    /// The session token.
    pub session_token: String,
    /// Until when.
    pub expires: Timestamp,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = &mut f.debug_struct("Credentials");
        name.field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// What a session token says, whether its time is over or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose it is.
    pub user: UserId,
    /// What it is good for.
    pub scope: Scope,
    /// Until when.
    pub expires: Timestamp,
    /// The secret with which requests are signed.
    pub secret: String,
}

/// The key of all credentials.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The key of this store; when there is none it is derived from `fresh`, which may have other uses too.
    pub(crate) fn ensure(tx: &mut dyn Tx, fresh: [u8; 32]) -> Result<Self, Error> {
        let Some(kept) = tx.mark(MARK)? else {
            let made = Self(fresh).derive(MARK.as_bytes(), &[]);
            tx.set_mark(MARK, &hex::encode(&made))?;
            return Ok(Self(made));
        };
        let kept = hex::decode(&kept).map(Self);
        kept.ok_or_else(|| Error::internal("the key of credentials is damaged"))
    }

    fn derive(&self, purpose: &[u8], payload: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length is taken");
        mac.update(purpose);
        mac.update(payload);
        mac.finalize().into_bytes().into()
    }

    fn secret(&self, payload: &[u8]) -> String {
        STANDARD.encode(&self.derive(b"secret\n", payload)[..30])
    }

    fn seal(&self, payload: &[u8]) -> [u8; SEAL] {
        let whole = self.derive(b"token\n", payload);
        std::array::from_fn(|place| whole[place])
    }

    fn issue(&self, random: [u8; RANDOM], user: UserId, scope: Scope, expires: Timestamp) -> Credentials {
        let queue = match scope {
            Scope::Account => 0,
            Scope::Queue(queue) => queue.0,
        };
        let mut payload = vec![VERSION];
        payload.extend(random);
        for number in [user.0, queue, expires.0] {
            payload.extend(number.to_be_bytes());
        }
        let token = [&payload[..], &self.seal(&payload)].concat();
        Credentials {
            access_key: access_key(&random),
            secret: self.secret(&payload),
            session_token: URL_SAFE_NO_PAD.encode(token),
            expires,
        }
    }

    fn read(&self, key: &str, token: &str) -> Option<Grant> {
        let whole = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, seal) = whole.split_at_checked(PAYLOAD)?;
        let (random, numbers) = payload[1..].split_at(RANDOM);
        let is_ours = bool::from(seal.ct_eq(&self.seal(payload)));
        if !is_ours || payload[0] != VERSION || access_key(random) != key {
            return None;
        }
        let mut numbers = numbers
            .as_chunks::<8>()
            .0
            .iter()
            .map(|part| i64::from_be_bytes(*part));
        let (user, queue, expires) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some(Grant {
            user: UserId(user),
            scope: match queue {
                0 => Scope::Account,
                queue => Scope::Queue(QueueId(queue)),
            },
            expires: Timestamp(expires),
            secret: self.secret(payload),
        })
    }
}

/// The access key of these bytes: the prefix and base32.
fn access_key(random: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut key = PREFIX.to_owned();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in random {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            key.push(char::from(LETTERS[(bits >> count) as usize & 31]));
        }
    }
    key
}

impl Queues {
    /// Credentials for one queue, in the name of a user; nothing is stored. Who calls this has seen to it that he may use
    /// the queue.
    ///
    /// # Errors
    /// `bad-value` for a life of less than an hour or more than a day.
    pub fn credentials(&self, user: UserId, queue: QueueId, life: Duration) -> Result<Credentials, Error> {
        self.issue(user, Scope::Queue(queue), life)
    }

    /// Credentials for all queues of a user, or for one of them: for the command line.
    ///
    /// # Errors
    /// `not-found` for no such user; `Denied`, `NoQueue`; `bad-value` for a life out of bounds.
    pub async fn credentials_of(
        &self,
        email: &str,
        queue: Option<String>,
        life: Duration,
    ) -> Result<Credentials, Fault> {
        let email = email.trim().to_lowercase();
        let found = self.read(move |tx| {
            let user = tx.user_by_email(&email)?;
            let user = user.ok_or_else(|| Error::not_found("user", &email))?;
            let caller = Caller::of(Arc::new(Actor {
                user: user.id,
                ..Actor::default()
            }));
            let Some(name) = queue else {
                return Ok((user.id, Scope::Account));
            };
            let account = caller.account();
            let open = open(tx, &caller, &QueueName { account, name })?;
            Ok((user.id, Scope::Queue(open.queue.id)))
        });
        let (user, scope) = found.await?;
        Ok(self.issue(user, scope, life)?)
    }

    fn issue(&self, user: UserId, scope: Scope, life: Duration) -> Result<Credentials, Error> {
        let longest = match scope {
            Scope::Account => LONGEST,
            Scope::Queue(_) => LONGEST_OF_QUEUE,
        };
        if !(SHORTEST..=longest).contains(&life) {
            let (least, most, given) = (SHORTEST.as_secs(), longest.as_secs(), life.as_secs());
            let message = format!("credentials live {least} to {most} seconds, got {given}");
            return Err(Error::bad_value("hours", message));
        }
        let env = self.engine.env();
        let millis = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        let expires = env.now().plus_millis(millis);
        let key = &self.engine.inner.queue_key;
        Ok(key.issue(env.random_bytes(), user, scope, expires))
    }

    /// What an access key and its session token say; none when they are not this server's, or not of each other.
    pub fn grant(&self, access_key: &str, session_token: &str) -> Option<Grant> {
        self.engine.inner.queue_key.read(access_key, session_token)
    }

    /// Who shows a grant, after his signature was found to fit.
    ///
    /// # Errors
    /// `unauthenticated` when the user is gone or not active.
    pub async fn caller(&self, grant: &Grant) -> Result<Caller, Error> {
        let actor = self.engine.active_user(grant.user).await?;
        let gone = || Error::new(Code::Unauthenticated, "the user of the credentials is not active");
        Ok(Caller {
            actor: actor.ok_or_else(gone)?,
            scope: grant.scope,
        })
    }
}

#[cfg(test)]
mod tests {
    use model::{QueueId, Timestamp, UserId};

    use super::{Key, Scope};

    #[test]
    fn a_token_says_what_it_was_issued_for() {
        let key = Key([7; 32]);
        for scope in [Scope::Account, Scope::Queue(QueueId(9))] {
            let made = key.issue([1; 10], UserId(3), scope, Timestamp(5));
            let read = key.read(&made.access_key, &made.session_token).unwrap();
            assert_eq!(
                (read.user, read.scope, read.expires),
                (UserId(3), scope, Timestamp(5))
            );
            assert_eq!(read.secret, made.secret);
            assert_eq!((made.access_key.len(), made.secret.len()), (20, 40));
        }
    }

    #[test]
    fn what_was_changed_says_nothing() {
        let key = Key([7; 32]);
        let made = key.issue([1; 10], UserId(3), Scope::Account, Timestamp(5));
        let other = key.issue([2; 10], UserId(3), Scope::Account, Timestamp(5));
        assert_ne!(made.secret, other.secret);
        assert!(key.read(&other.access_key, &made.session_token).is_none());
        assert!(Key([8; 32]).read(&made.access_key, &made.session_token).is_none());
        for place in 0..made.session_token.len() {
            let mut token = made.session_token.clone().into_bytes();
            token[place] = if token[place] == b'A' { b'B' } else { b'A' };
            let token = String::from_utf8(token).unwrap();
            assert!(key.read(&made.access_key, &token).is_none(), "{place}");
        }
        assert!(key.read(&made.access_key, "").is_none());
    }
}
