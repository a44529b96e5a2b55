//! Users and tokens.

use model::{Roles, Timestamp, TokenId, UserId, Uuid};
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use crate::tables::identity::{NewUser, TokenOwner, User, UserUse};
use crate::tables::{ReadIdentity, WriteIdentity};
use crate::{Error, Result};

const BY_EMAIL: &str =
    "SELECT id, email, name, password_hash, admin, developer, groups, projects, created, guid
    FROM users WHERE email = ?1";
const LIST: &str = "SELECT id, email, name, password_hash, admin, developer, groups, projects, created, guid,
    EXISTS (SELECT 1 FROM tokens WHERE user = users.id), (SELECT max(last_used) FROM tokens WHERE user = users.id)
    FROM users ORDER BY id LIMIT ?1 OFFSET ?2";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM users)";
const OWNER: &str =
    "SELECT u.id, u.email, u.name, u.password_hash, u.admin, u.developer, u.groups, u.projects, u.created,
    u.guid, t.id, t.last_used, t.bot FROM tokens t JOIN users u ON u.id = t.user WHERE t.hash = ?1";
const INSERT: &str =
    "INSERT INTO users (email, name, password_hash, admin, developer, groups, projects, created, guid)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (email) DO NOTHING";
const DELETE: &str = "DELETE FROM users WHERE id = ?1";
const INSERT_TOKEN: &str = "INSERT INTO tokens (user, hash, name, created) VALUES (?1, ?2, ?3, ?4)";
const INSERT_BOT_TOKEN: &str =
    "INSERT INTO tokens (user, hash, name, created, bot) VALUES (?1, ?2, 'bot', ?3, ?4)";
const DELETE_BOT_TOKENS: &str = "DELETE FROM tokens WHERE bot = ?1";
const SET_PROJECTS: &str = "UPDATE users SET projects = ?2 WHERE id = ?1";
const DELETE_TOKENS: &str = "DELETE FROM tokens WHERE user = ?1";
const TOUCH: &str =
    "UPDATE tokens SET last_used = ?2 WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)";

struct UserRow {
    user: User,
    guid: String,
    lists: (String, String),
}

fn user_row(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    let roles = Roles {
        admin: row.get(4)?,
        developer: row.get(5)?,
    };
    let user = User {
        id: UserId(row.get(0)?),
        guid: Uuid::nil(),
        email: row.get(1)?,
        name: row.get(2)?,
        password_hash: row.get(3)?,
        roles,
        groups: Vec::new(),
        projects: Vec::new(),
        created: Timestamp(row.get(8)?),
    };
    Ok(UserRow {
        user,
        guid: row.get(9)?,
        lists: (row.get(6)?, row.get(7)?),
    })
}

impl UserRow {
    fn into_user(self) -> Result<User> {
        let list = |text: &str| {
            serde_json::from_str(text).map_err(|error| Error::Damaged(format!("list of a user: {error}")))
        };
        let (groups, projects) = (list(&self.lists.0)?, list(&self.lists.1)?);
        Ok(User {
            guid: guid(&self.guid)?,
            groups,
            projects,
            ..self.user
        })
    }
}

fn guid(text: &str) -> Result<Uuid> {
    text.parse()
        .map_err(|error| Error::Damaged(format!("guid {text:?}: {error}")))
}

fn hex(guid: Uuid) -> String {
    guid.simple().to_string()
}

fn names_text(names: &[String]) -> Result<String> {
    serde_json::to_string(names).map_err(|error| Error::Backend(error.to_string()))
}

fn last_used(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

impl ReadIdentity for Session<'_> {
    fn user_by_email(&mut self, email: &str) -> Result<Option<User>> {
        let row = self.prepared(BY_EMAIL)?.query_row([email], user_row).optional()?;
        row.map(UserRow::into_user).transpose()
    }

    fn users(&mut self, offset: u64, limit: u64) -> Result<Vec<UserUse>> {
        let as_sql = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let mut list = self.prepared(LIST)?;
        let rows = list.query_map(params![as_sql(limit), as_sql(offset)], |row| {
            Ok((user_row(row)?, row.get(10)?, last_used(row, 11)?))
        })?;
        rows.map(|row| {
            let (user, has_token, last_used) = row?;
            Ok(UserUse {
                user: user.into_user()?,
                has_token,
                last_used,
            })
        })
        .collect()
    }

    fn has_users(&mut self) -> Result<bool> {
        Ok(self.prepared(ANY)?.query_row([], |row| row.get(0))?)
    }

    fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>> {
        let read = |row: &Row<'_>| {
            let bot: Option<String> = row.get(12)?;
            Ok((user_row(row)?, TokenId(row.get(10)?), last_used(row, 11)?, bot))
        };
        let found = self.prepared(OWNER)?.query_row([&hash[..]], read).optional()?;
        found
            .map(|(user, token, last_used, bot)| {
                Ok(TokenOwner {
                    token,
                    last_used,
                    user: user.into_user()?,
                    bot: bot.as_deref().map(guid).transpose()?,
                })
            })
            .transpose()
    }
}

impl WriteIdentity for Session<'_> {
    fn insert_user(&mut self, user: &NewUser) -> Result<Option<UserId>> {
        let (groups, projects) = (names_text(&user.groups)?, names_text(&user.projects)?);
        let (admin, developer) = (user.roles.admin, user.roles.developer);
        let row = params![
            user.email,
            user.name,
            user.password_hash,
            admin,
            developer,
            groups,
            projects,
            user.now.0,
            hex(user.guid)
        ];
        let inserted = self.prepared(INSERT)?.execute(row)?;
        Ok((inserted == 1).then(|| UserId(self.conn().last_insert_rowid())))
    }

    fn set_user_projects(&mut self, id: UserId, projects: &[String]) -> Result<bool> {
        let projects = names_text(projects)?;
        Ok(self.prepared(SET_PROJECTS)?.execute(params![id.0, projects])? == 1)
    }

    fn delete_user(&mut self, id: UserId) -> Result<bool> {
        self.whole(|session| {
            session.delete_tokens(id)?;
            Ok(session.prepared(DELETE)?.execute([id.0])? == 1)
        })
    }

    fn insert_token(&mut self, user: UserId, hash: &[u8; 32], name: &str, now: Timestamp) -> Result<TokenId> {
        self.prepared(INSERT_TOKEN)?
            .execute(params![user.0, &hash[..], name, now.0])?;
        Ok(TokenId(self.conn().last_insert_rowid()))
    }

    fn insert_bot_token(
        &mut self,
        user: UserId,
        bot: Uuid,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<TokenId> {
        self.prepared(INSERT_BOT_TOKEN)?
            .execute(params![user.0, &hash[..], now.0, hex(bot)])?;
        Ok(TokenId(self.conn().last_insert_rowid()))
    }

    fn delete_bot_tokens(&mut self, bot: Uuid) -> Result<u64> {
        Ok(self.prepared(DELETE_BOT_TOKENS)?.execute([hex(bot)])? as u64)
    }

    fn delete_tokens(&mut self, user: UserId) -> Result<u64> {
        Ok(self.prepared(DELETE_TOKENS)?.execute([user.0])? as u64)
    }

    fn touch_tokens(&mut self, used: &[(TokenId, Timestamp)]) -> Result<()> {
        let mut touch = self.prepared(TOUCH)?;
        for (token, on) in used {
            touch.execute(params![token.0, on.0])?;
        }
        Ok(())
    }
}
