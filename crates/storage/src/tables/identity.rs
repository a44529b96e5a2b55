//! Users and their tokens. Passwords arrive hashed, tokens as SHA-256; neither is ever stored in clear.

use model::{Roles, Timestamp, TokenId, UserId, Uuid};
use serde::{Deserialize, Serialize};

use crate::Result;

/// Whether a user may come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UserStatus {
    /// He may.
    #[default]
    Active,
    /// Somebody switched him off.
    Inactive,
    /// Too many wrong passwords.
    Blocked,
}

impl UserStatus {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Blocked => "BLOCKED",
        }
    }

    /// From its stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Blocked]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// What nobody searches users by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserDetails {
    /// His time zone, as in `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Whether the time zone was chosen by hand.
    pub fixed_timezone: bool,
    /// His language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Other systems that know him.
    pub providers: Vec<IdentityProvider>,
    /// Those of his groups that another system gave him.
    pub external_groups: Vec<String>,
}

/// A system that knows a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityProvider {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: String,
    /// The user's id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// A user as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Internal id.
    pub id: UserId,
    /// Public id, unique.
    pub guid: Uuid,
    /// Mail address in lower case; unique.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Argon2 hash in PHC form.
    pub password_hash: String,
    /// Roles.
    pub roles: Roles,
    /// Groups, in order; the first is the primary one.
    pub groups: Vec<String>,
    /// Projects, in order.
    pub projects: Vec<String>,
    /// When the user was made.
    pub created: Timestamp,
    /// Public id of 24 hex digits, unique.
    pub oid: String,
    /// Whether he may come in.
    pub status: UserStatus,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Grows with every change that somebody makes of him; the first is 0.
    pub version: u64,
    /// Wrong passwords in a row.
    pub failed_logins: u32,
    /// What nobody searches users by.
    pub details: UserDetails,
}

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Public id.
    pub guid: Uuid,
    /// Mail address in lower case.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Argon2 hash in PHC form.
    pub password_hash: String,
    /// Roles.
    pub roles: Roles,
    /// Groups; the first is the primary one.
    pub groups: Vec<String>,
    /// Projects.
    pub projects: Vec<String>,
    /// When.
    pub now: Timestamp,
    /// Public id of 24 hex digits.
    pub oid: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// What nobody searches users by.
    pub details: UserDetails,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Kept by its user for as long as he likes.
    Personal,
    /// Given at a log-in; ends when it was not used for so many milliseconds.
    Session {
        /// The longest pause.
        idle_ms: i64,
    },
    /// Used by a bot in the place of its user.
    Bot,
}

/// A session to be stored.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose.
    pub user: UserId,
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// The longest pause between two uses, in milliseconds.
    pub idle_ms: i64,
    /// Mail address of who really logged in, when he acts in the user's name.
    pub impersonator: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// A user and what is known of his tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserUse {
    /// The user.
    pub user: User,
    /// Whether he has any token, sessions aside.
    pub has_token: bool,
    /// When one of them was used last.
    pub last_used: Option<Timestamp>,
}

/// A token as found by its hash, with its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    /// The token.
    pub token: TokenId,
    /// When it was used last.
    pub last_used: Option<Timestamp>,
    /// Whose it is.
    pub user: User,
    /// The bot that uses it in his place; none when he does so himself.
    pub bot: Option<Uuid>,
    /// What it is for.
    pub kind: TokenKind,
    /// Mail address of who acts in his name; none when he does so himself.
    pub impersonator: Option<String>,
}

/// Reading users and tokens.
pub trait ReadIdentity {
    /// The user with this mail address (lower case).
    fn user_by_email(&mut self, email: &str) -> Result<Option<User>>;
    /// The user with this public id of 24 hex digits.
    fn user_by_oid(&mut self, oid: &str) -> Result<Option<User>>;
    /// The users with this full name or mail address (in any case), in the order in which they were made.
    fn users_by_label(&mut self, label: &str, limit: u64) -> Result<Vec<User>>;
    /// The users that another system knows under this id, of one provider (by id or name) or any.
    fn users_by_external_id(&mut self, id: &str, provider: Option<&str>) -> Result<Vec<User>>;
    /// The first users made after `after`, in that order.
    fn users_after(&mut self, after: UserId, limit: u64) -> Result<Vec<User>>;
    /// How many active admins there are.
    fn count_active_admins(&mut self) -> Result<u64>;
    /// All users in the order in which they were made.
    fn users(&mut self, offset: u64, limit: u64) -> Result<Vec<UserUse>>;
    /// Whether there is any user yet.
    fn has_users(&mut self) -> Result<bool>;
    /// The owner of the token with this SHA-256.
    fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>>;
}

/// Writing users and tokens. Whatever changes what a token that exists is worth moves the revision
/// ([`super::ReadMarks::revision`]).
pub trait WriteIdentity {
    /// Makes a user; `None` when the mail address is taken.
    fn insert_user(&mut self, user: &NewUser) -> Result<Option<UserId>>;
    /// Replaces all of a user but his projects and when he was made; whether there is one. The caller has made sure that
    /// the mail address is not another's.
    fn update_user(&mut self, user: &User) -> Result<bool>;
    /// Replaces the projects of a user; whether there is one.
    fn set_user_projects(&mut self, id: UserId, projects: &[String]) -> Result<bool>;
    /// Removes a user and his tokens; whether there was one.
    fn delete_user(&mut self, id: UserId) -> Result<bool>;
    /// Stores a token by its SHA-256.
    fn insert_token(&mut self, user: UserId, hash: &[u8; 32], name: &str, now: Timestamp) -> Result<TokenId>;
    /// Stores a session, used now, and forgets the user's sessions that ended.
    fn insert_session(&mut self, session: &NewSession) -> Result<TokenId>;
    /// Removes one session; whether there was one. Other tokens stay.
    fn delete_session(&mut self, token: TokenId) -> Result<bool>;
    /// Ends the sessions of a user, but `except`, and those in which he acts in another's name; how many.
    fn end_sessions(&mut self, user: UserId, except: Option<TokenId>) -> Result<u64>;
    /// Ends the sessions in which a user acts in another's name; how many.
    fn end_impersonations(&mut self, by: UserId) -> Result<u64>;
    /// Forgets sessions that ended by `now`, at most `limit`; how many.
    fn delete_ended_sessions(&mut self, now: Timestamp, limit: u64) -> Result<u64>;
    /// Stores a token that a bot uses in the place of its user.
    fn insert_bot_token(
        &mut self,
        user: UserId,
        bot: Uuid,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<TokenId>;
    /// Removes the tokens of a bot; how many.
    fn delete_bot_tokens(&mut self, bot: Uuid) -> Result<u64>;
    /// Removes all tokens of a user, those of his bots too; how many.
    fn delete_tokens(&mut self, user: UserId) -> Result<u64>;
    /// Notes when tokens were used; an older time does not replace a newer one.
    fn touch_tokens(&mut self, used: &[(TokenId, Timestamp)]) -> Result<()>;
}
