//! Users and tokens.

use model::{Roles, Timestamp, TokenId, UserId, Uuid};
use rusqlite::{OptionalExtension, Params, Row, params};

use super::Session;
use crate::numbers::signed;
use crate::tables::identity::{
    NewSession, NewUser, TokenKind, TokenOwner, User, UserDetails, UserStatus, UserUse,
};
use crate::tables::{ReadIdentity, WriteIdentity, WriteMarks};
use crate::{Error, Result};

/// The columns of a user, in the order in which [`user_row`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.email, u.name, u.password_hash, u.admin, u.developer, u.groups, u.projects, u.created,
            u.guid, u.public_id, u.status, u.first_name, u.last_name, u.version, u.failed_logins, u.details",
            $rest
        )
    };
}
/// How many columns that are.
const AFTER: usize = 17;

const BY_EMAIL: &str = select!(" FROM users u WHERE email = ?1");
const BY_OID: &str = select!(" FROM users u WHERE public_id = ?1");
const BY_LABEL: &str = select!(" FROM users u WHERE name = ?1 OR email = lower(?1) ORDER BY id LIMIT ?2");
const BY_EXTERNAL_ID: &str = select!(
    " FROM users u WHERE EXISTS (SELECT 1 FROM json_each(u.details, '$.providers') p
    WHERE p.value ->> 'external_id' = ?1
    AND (?2 IS NULL OR p.value ->> 'id' = ?2 OR p.value ->> 'name' = ?2)) ORDER BY id"
);
const NEXT: &str = select!(" FROM users u WHERE id > ?1 ORDER BY id LIMIT ?2");
const ACTIVE_ADMINS: &str = "SELECT count(*) FROM users WHERE admin = 1 AND status = 'ACTIVE'";
const LIST: &str = select!(
    ", EXISTS (SELECT 1 FROM tokens WHERE user = u.id AND kind <> 'session'),
    (SELECT max(last_used) FROM tokens WHERE user = u.id)
    FROM users u ORDER BY id LIMIT ?1 OFFSET ?2"
);
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM users)";
const OWNER: &str = select!(
    ", t.id, t.last_used, t.bot, t.kind, t.idle_ms, t.impersonator
    FROM tokens t JOIN users u ON u.id = t.user WHERE t.hash = ?1"
);
const INSERT: &str =
    "INSERT INTO users (email, name, password_hash, admin, developer, groups, projects, created, guid,
    public_id, first_name, last_name, details)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (email) DO NOTHING";
const UPDATE: &str =
    "UPDATE users SET email = ?2, name = ?3, password_hash = ?4, admin = ?5, developer = ?6, groups = ?7,
    status = ?8, first_name = ?9, last_name = ?10, version = ?11, failed_logins = ?12, details = ?13
    WHERE id = ?1";
const DELETE: &str = "DELETE FROM users WHERE id = ?1";
const INSERT_TOKEN: &str = "INSERT INTO tokens (user, hash, name, created) VALUES (?1, ?2, ?3, ?4)";
const INSERT_BOT_TOKEN: &str =
    "INSERT INTO tokens (user, hash, name, created, bot, kind) VALUES (?1, ?2, 'bot', ?3, ?4, 'bot')";
const INSERT_SESSION: &str =
    "INSERT INTO tokens (user, hash, name, created, last_used, kind, idle_ms, impersonator)
    VALUES (?1, ?2, 'session', ?3, ?3, 'session', ?4, ?5)";
const DELETE_BOT_TOKENS: &str = "DELETE FROM tokens WHERE bot = ?1";
const DELETE_SESSION: &str = "DELETE FROM tokens WHERE id = ?1 AND kind = 'session'";
const END_SESSIONS: &str = "DELETE FROM tokens WHERE kind = 'session' AND id IS NOT ?2
    AND (user = ?1 OR impersonator = (SELECT email FROM users WHERE id = ?1))";
const END_IMPERSONATIONS: &str = "DELETE FROM tokens WHERE kind = 'session'
    AND impersonator = (SELECT email FROM users WHERE id = ?1)";
const DELETE_ENDED_OF: &str =
    "DELETE FROM tokens WHERE user = ?1 AND kind = 'session' AND last_used <= ?2 - idle_ms";
const DELETE_ENDED: &str = "DELETE FROM tokens WHERE id IN
    (SELECT id FROM tokens WHERE kind = 'session' AND last_used <= ?1 - idle_ms LIMIT ?2)";
const SET_PROJECTS: &str = "UPDATE users SET projects = ?2 WHERE id = ?1";
const DELETE_TOKENS: &str = "DELETE FROM tokens WHERE user = ?1";
const TOUCH: &str =
    "UPDATE tokens SET last_used = ?2 WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)";

/// A user before his texts are read.
struct UserRow {
    user: User,
    guid: String,
    status: String,
    groups: String,
    projects: String,
    details: String,
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
        oid: row.get(10)?,
        status: UserStatus::Active,
        first_name: row.get(12)?,
        last_name: row.get(13)?,
        version: row.get::<_, i64>(14)?.unsigned_abs(),
        failed_logins: row.get(15)?,
        details: UserDetails::default(),
    };
    Ok(UserRow {
        user,
        guid: row.get(9)?,
        status: row.get(11)?,
        groups: row.get(6)?,
        projects: row.get(7)?,
        details: row.get(16)?,
    })
}

impl UserRow {
    fn into_user(self) -> Result<User> {
        let unknown = || Error::Damaged(format!("state {:?} of a user", self.status));
        Ok(User {
            guid: guid(&self.guid)?,
            groups: parsed(&self.groups)?,
            projects: parsed(&self.projects)?,
            status: UserStatus::parse(&self.status).ok_or_else(unknown)?,
            details: parsed(&self.details)?,
            ..self.user
        })
    }
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Damaged(format!("part of a user: {error}")))
}

/// A token before its texts are read.
struct OwnerRow {
    user: UserRow,
    token: TokenId,
    last_used: Option<Timestamp>,
    bot: Option<String>,
    kind: String,
    idle_ms: Option<i64>,
    impersonator: Option<String>,
}

fn owner_row(row: &Row<'_>) -> rusqlite::Result<OwnerRow> {
    Ok(OwnerRow {
        user: user_row(row)?,
        token: TokenId(row.get(AFTER)?),
        last_used: last_used(row, AFTER + 1)?,
        bot: row.get(AFTER + 2)?,
        kind: row.get(AFTER + 3)?,
        idle_ms: row.get(AFTER + 4)?,
        impersonator: row.get(AFTER + 5)?,
    })
}

impl OwnerRow {
    fn into_owner(self) -> Result<TokenOwner> {
        let kind = match (self.kind.as_str(), self.idle_ms) {
            ("personal", None) => TokenKind::Personal,
            ("bot", None) => TokenKind::Bot,
            ("session", Some(idle_ms)) => TokenKind::Session { idle_ms },
            (other, _) => return Err(Error::Damaged(format!("kind {other:?} of a token"))),
        };
        Ok(TokenOwner {
            token: self.token,
            last_used: self.last_used,
            user: self.user.into_user()?,
            bot: self.bot.as_deref().map(guid).transpose()?,
            kind,
            impersonator: self.impersonator,
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

fn text_of<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Backend(error.to_string()))
}

fn last_used(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

impl Session<'_> {
    fn find_user(&self, sql: &str, key: &str) -> Result<Option<User>> {
        let row = self.prepared(sql)?.query_row([key], user_row).optional()?;
        row.map(UserRow::into_user).transpose()
    }

    fn find_users(&self, sql: &str, keys: impl Params) -> Result<Vec<User>> {
        let mut list = self.prepared(sql)?;
        let rows = list.query_map(keys, user_row)?;
        rows.map(|row| row?.into_user()).collect()
    }
}

impl ReadIdentity for Session<'_> {
    fn user_by_email(&mut self, email: &str) -> Result<Option<User>> {
        self.find_user(BY_EMAIL, email)
    }

    fn user_by_oid(&mut self, oid: &str) -> Result<Option<User>> {
        self.find_user(BY_OID, oid)
    }

    fn users_by_label(&mut self, label: &str, limit: u64) -> Result<Vec<User>> {
        self.find_users(BY_LABEL, params![label, signed(limit)])
    }

    fn users_by_external_id(&mut self, id: &str, provider: Option<&str>) -> Result<Vec<User>> {
        self.find_users(BY_EXTERNAL_ID, params![id, provider])
    }

    fn users_after(&mut self, after: UserId, limit: u64) -> Result<Vec<User>> {
        self.find_users(NEXT, params![after.0, signed(limit)])
    }

    fn count_active_admins(&mut self) -> Result<u64> {
        let count: i64 = self.prepared(ACTIVE_ADMINS)?.query_row([], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    fn users(&mut self, offset: u64, limit: u64) -> Result<Vec<UserUse>> {
        let mut list = self.prepared(LIST)?;
        let rows = list.query_map(params![signed(limit), signed(offset)], |row| {
            Ok((user_row(row)?, row.get(AFTER)?, last_used(row, AFTER + 1)?))
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
        let found = self
            .prepared(OWNER)?
            .query_row([&hash[..]], owner_row)
            .optional()?;
        found.map(OwnerRow::into_owner).transpose()
    }
}

impl Session<'_> {
    /// A change of what tokens are worth.
    fn revising(&mut self, sql: &str, row: impl rusqlite::Params) -> Result<u64> {
        self.whole(|session| {
            let changed = session.prepared(sql)?.execute(row)?;
            if changed > 0 {
                session.revise()?;
            }
            Ok(changed as u64)
        })
    }
}

impl WriteIdentity for Session<'_> {
    fn insert_user(&mut self, user: &NewUser) -> Result<Option<UserId>> {
        let (groups, projects) = (text_of(&user.groups)?, text_of(&user.projects)?);
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
            hex(user.guid),
            user.oid,
            user.first_name,
            user.last_name,
            text_of(&user.details)?
        ];
        let inserted = self.prepared(INSERT)?.execute(row)?;
        Ok((inserted == 1).then(|| UserId(self.conn().last_insert_rowid())))
    }

    fn update_user(&mut self, user: &User) -> Result<bool> {
        let row = params![
            user.id.0,
            user.email,
            user.name,
            user.password_hash,
            user.roles.admin,
            user.roles.developer,
            text_of(&user.groups)?,
            user.status.as_str(),
            user.first_name,
            user.last_name,
            signed(user.version),
            user.failed_logins,
            text_of(&user.details)?
        ];
        Ok(self.revising(UPDATE, row)? == 1)
    }

    fn set_user_projects(&mut self, id: UserId, projects: &[String]) -> Result<bool> {
        let projects = text_of(projects)?;
        Ok(self.revising(SET_PROJECTS, params![id.0, projects])? == 1)
    }

    fn delete_user(&mut self, id: UserId) -> Result<bool> {
        self.whole(|session| {
            session.end_sessions(id, None)?;
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

    fn insert_session(&mut self, session: &NewSession) -> Result<TokenId> {
        let NewSession {
            user,
            hash,
            idle_ms,
            impersonator,
            now,
        } = session;
        self.prepared(DELETE_ENDED_OF)?.execute([user.0, now.0])?;
        let row = params![user.0, &hash[..], now.0, idle_ms, impersonator];
        Ok(TokenId(self.prepared(INSERT_SESSION)?.insert(row)?))
    }

    fn delete_session(&mut self, token: TokenId) -> Result<bool> {
        Ok(self.revising(DELETE_SESSION, [token.0])? == 1)
    }

    fn end_sessions(&mut self, user: UserId, except: Option<TokenId>) -> Result<u64> {
        let except = except.map(|token| token.0);
        self.revising(END_SESSIONS, params![user.0, except])
    }

    fn end_impersonations(&mut self, by: UserId) -> Result<u64> {
        self.revising(END_IMPERSONATIONS, [by.0])
    }

    fn delete_ended_sessions(&mut self, now: Timestamp, limit: u64) -> Result<u64> {
        let row = params![now.0, signed(limit)];
        Ok(self.prepared(DELETE_ENDED)?.execute(row)? as u64)
    }

    fn delete_bot_tokens(&mut self, bot: Uuid) -> Result<u64> {
        self.revising(DELETE_BOT_TOKENS, [hex(bot)])
    }

    fn delete_tokens(&mut self, user: UserId) -> Result<u64> {
        self.revising(DELETE_TOKENS, [user.0])
    }

    fn touch_tokens(&mut self, used: &[(TokenId, Timestamp)]) -> Result<()> {
        let mut touch = self.prepared(TOUCH)?;
        for (token, on) in used {
            touch.execute(params![token.0, on.0])?;
        }
        Ok(())
    }
}
