//! Users and their tokens: who may come in, and who manages whom.
//!
//! A token is 32 random bytes behind a prefix, shown once; the store keeps only its SHA-256. Because it is random, a
//! plain hash suffices and the look-up is by equality of hashes, which tells an attacker nothing. Passwords are chosen
//! by people and go through argon2, off the async threads.

mod cache;
pub(crate) mod password;
mod token;
mod users;

pub(crate) use cache::TokenCache;
pub(crate) use token::hash as hash_secret;
pub use token::{mask, new_secret};
pub use users::{CreatedUser, NewUser};
pub(crate) use users::{MAX_TEXT, MIN_PASSWORD, email_complaint, public_id, require_admin, taken};
