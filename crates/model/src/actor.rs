//! Who is asking: the one identity that every dialect's credentials resolve to.

use serde::{Deserialize, Serialize};

use uuid::Uuid;

use crate::{TokenId, UserId};

/// A role that a user may hold beside being a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// May manage users and sees everything.
    Admin,
    /// May see and steer all jobs.
    Developer,
}

/// The roles of one user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    /// Holds [`Role::Admin`].
    pub admin: bool,
    /// Holds [`Role::Developer`].
    pub developer: bool,
}

impl Roles {
    /// Whether `role` is among them.
    pub fn has(self, role: Role) -> bool {
        match role {
            Role::Admin => self.admin,
            Role::Developer => self.developer,
        }
    }
}

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// The user's mail address, which names him in records and jobs.
    pub email: String,
    /// The user's display name.
    pub name: String,
    /// The user's roles.
    pub roles: Roles,
    /// The token that he showed; none for the server's own work and the command line.
    pub token: Option<TokenId>,
    /// The user's public id; nil for the server's own work.
    pub guid: Uuid,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The user's projects, by name.
    pub projects: Vec<String>,
    /// The bot that acts in the user's place, with the user's rights; none when he acts himself.
    pub bot: Option<Uuid>,
    /// The user's public id of 24 hex digits; empty for the server's own work.
    pub oid: String,
    /// Mail address of who acts in the user's name, with the user's rights; none when he acts himself.
    pub impersonator: Option<String>,
}

impl Default for Actor {
    /// Nobody: the server itself, without any right.
    fn default() -> Self {
        Self {
            user: UserId(0),
            email: String::new(),
            name: String::new(),
            roles: Roles::default(),
            token: None,
            guid: Uuid::nil(),
            groups: Vec::new(),
            projects: Vec::new(),
            bot: None,
            oid: String::new(),
            impersonator: None,
        }
    }
}

impl Actor {
    /// What names the caller in stamps: the user's mail address, or the bot's own id, for what a bot does is its own
    /// doing.
    pub fn doer(&self) -> String {
        match self.bot {
            Some(bot) => format!("bot:{}", bot.simple()),
            None => self.email.clone(),
        }
    }

    /// Whether the caller manages users and sees everything.
    pub fn is_admin(&self) -> bool {
        self.roles.admin
    }

    /// Whether the caller may see and steer jobs of others.
    pub fn sees_all_jobs(&self) -> bool {
        self.roles.admin || self.roles.developer
    }
}
