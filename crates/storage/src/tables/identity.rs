//! Users and their tokens. Passwords arrive hashed, tokens as SHA-256; neither is ever stored in clear.

use model::{Roles, Timestamp, TokenId, UserId, Uuid};

use crate::Result;

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
    /// Groups, in order.
    pub groups: Vec<String>,
    /// Projects, in order.
    pub projects: Vec<String>,
    /// When the user was made.
    pub created: Timestamp,
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
    /// Groups.
    pub groups: Vec<String>,
    /// Projects.
    pub projects: Vec<String>,
    /// When.
    pub now: Timestamp,
}

/// A user and what is known of his tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserUse {
    /// The user.
    pub user: User,
    /// Whether he has any token.
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
}

/// Reading users and tokens.
pub trait ReadIdentity {
    /// The user with this mail address (lower case).
    fn user_by_email(&mut self, email: &str) -> Result<Option<User>>;
    /// All users in the order in which they were made.
    fn users(&mut self, offset: u64, limit: u64) -> Result<Vec<UserUse>>;
    /// Whether there is any user yet.
    fn has_users(&mut self) -> Result<bool>;
    /// The owner of the token with this SHA-256.
    fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>>;
}

/// Writing users and tokens.
pub trait WriteIdentity {
    /// Makes a user; `None` when the mail address is taken.
    fn insert_user(&mut self, user: &NewUser) -> Result<Option<UserId>>;
    /// Replaces the projects of a user; whether there is one.
    fn set_user_projects(&mut self, id: UserId, projects: &[String]) -> Result<bool>;
    /// Removes a user and his tokens; whether there was one.
    fn delete_user(&mut self, id: UserId) -> Result<bool>;
    /// Stores a token by its SHA-256.
    fn insert_token(&mut self, user: UserId, hash: &[u8; 32], name: &str, now: Timestamp) -> Result<TokenId>;
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
