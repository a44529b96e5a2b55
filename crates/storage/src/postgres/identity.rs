//! Users and tokens.

use model::{Roles, Timestamp, TokenId, UserId, Uuid};
use tokio_postgres::Row;

use super::Session;
use super::value::{Cells, Value, params, signed};
use crate::tables::identity::{NewSession, NewUser, TokenKind, TokenOwner, User, UserStatus, UserUse};
use crate::tables::{ReadIdentity, WriteIdentity, WriteMarks};
use crate::{Error, Result};

/// The columns of a user, in the order in which [`user`] reads them.
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

const BY_EMAIL: &str = select!(" FROM users u WHERE email = $1");
const BY_OID: &str = select!(" FROM users u WHERE public_id = $1");
const BY_LABEL: &str = select!(" FROM users u WHERE name = $1 OR email = $3 ORDER BY id LIMIT $2");
/// Whoever has this piece of JSON in his details: all that are wanted, and perhaps others.
const BY_PIECE: &str = select!(" FROM users u WHERE strpos(details, $1) > 0 ORDER BY id");
const NEXT: &str = select!(" FROM users u WHERE id > $1 ORDER BY id LIMIT $2");
const ACTIVE_ADMINS: &str = "SELECT count(*) FROM users WHERE admin AND status = 'ACTIVE'";
const LIST: &str = select!(
    ", EXISTS (SELECT 1 FROM tokens WHERE owner = u.id AND kind <> 'session'),
    (SELECT max(last_used) FROM tokens WHERE owner = u.id)
    FROM users u ORDER BY id LIMIT $1 OFFSET $2"
);
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM users)";
const OWNER: &str = select!(
    ", t.id, t.last_used, t.bot, t.kind, t.idle_ms, t.impersonator
    FROM tokens t JOIN users u ON u.id = t.owner WHERE t.hash = $1"
);
const INSERT: &str =
    "INSERT INTO users (email, name, password_hash, admin, developer, groups, projects, created, guid,
    public_id, first_name, last_name, details)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (email) DO NOTHING RETURNING id";
const UPDATE: &str =
    "UPDATE users SET email = $2, name = $3, password_hash = $4, admin = $5, developer = $6, groups = $7,
    status = $8, first_name = $9, last_name = $10, version = $11, failed_logins = $12, details = $13
    WHERE id = $1";
const DELETE: &str = "DELETE FROM users WHERE id = $1";
const INSERT_TOKEN: &str =
    "INSERT INTO tokens (owner, hash, name, created) VALUES ($1, $2, $3, $4) RETURNING id";
const INSERT_BOT_TOKEN: &str = "INSERT INTO tokens (owner, hash, name, created, bot, kind) VALUES ($1, $2, 'bot', $3, $4, 'bot') RETURNING id";
const INSERT_SESSION: &str =
    "INSERT INTO tokens (owner, hash, name, created, last_used, kind, idle_ms, impersonator)
    VALUES ($1, $2, 'session', $3, $3, 'session', $4, $5) RETURNING id";
const DELETE_BOT_TOKENS: &str = "DELETE FROM tokens WHERE bot = $1";
const DELETE_SESSION: &str = "DELETE FROM tokens WHERE id = $1 AND kind = 'session'";
const END_SESSIONS: &str = "DELETE FROM tokens WHERE kind = 'session' AND id IS DISTINCT FROM $2::bigint
    AND (owner = $1 OR impersonator = (SELECT email FROM users WHERE id = $1))";
const END_IMPERSONATIONS: &str = "DELETE FROM tokens WHERE kind = 'session'
    AND impersonator = (SELECT email FROM users WHERE id = $1)";
const DELETE_ENDED_OF: &str =
    "DELETE FROM tokens WHERE owner = $1 AND kind = 'session' AND last_used <= $2 - idle_ms";
const DELETE_ENDED: &str = "DELETE FROM tokens WHERE id IN
    (SELECT id FROM tokens WHERE kind = 'session' AND last_used <= $1 - idle_ms LIMIT $2)";
const SET_PROJECTS: &str = "UPDATE users SET projects = $2 WHERE id = $1";
const DELETE_TOKENS: &str = "DELETE FROM tokens WHERE owner = $1";
const TOUCH: &str =
    "UPDATE tokens SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used < $2)";

fn user(row: &Row) -> Result<User> {
    let row = Cells(row);
    let status = row.text(11)?;
    let unknown = || Error::Damaged(format!("state {status:?} of a user"));
    Ok(User {
        id: UserId(row.int(0)?),
        email: row.text(1)?,
        name: row.text(2)?,
        password_hash: row.text(3)?,
        roles: Roles {
            admin: row.bool(4)?,
            developer: row.bool(5)?,
        },
        groups: parsed(&row.text(6)?)?,
        projects: parsed(&row.text(7)?)?,
        created: Timestamp(row.int(8)?),
        guid: guid(&row.text(9)?)?,
        oid: row.text(10)?,
        status: UserStatus::parse(&status).ok_or_else(unknown)?,
        first_name: row.text(12)?,
        last_name: row.text(13)?,
        version: row.count(14)?,
        failed_logins: u32::try_from(row.int(15)?).unwrap_or(u32::MAX),
        details: parsed(&row.text(16)?)?,
    })
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Damaged(format!("part of a user: {error}")))
}

fn owner(row: &Row) -> Result<TokenOwner> {
    let cells = Cells(row);
    let bot = cells.opt_text(AFTER + 2)?;
    let kind = match (cells.text(AFTER + 3)?.as_str(), cells.opt_int(AFTER + 4)?) {
        ("personal", None) => TokenKind::Personal,
        ("bot", None) => TokenKind::Bot,
        ("session", Some(idle_ms)) => TokenKind::Session { idle_ms },
        (other, _) => return Err(Error::Damaged(format!("kind {other:?} of a token"))),
    };
    Ok(TokenOwner {
        token: TokenId(cells.int(AFTER)?),
        last_used: cells.opt_int(AFTER + 1)?.map(Timestamp),
        user: user(row)?,
        bot: bot.as_deref().map(guid).transpose()?,
        kind,
        impersonator: cells.opt_text(AFTER + 5)?,
    })
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

/// Whether another system, one or any, knows the user under this id.
fn is_known_as(user: &User, id: &str, provider: Option<&str>) -> bool {
    user.details.providers.iter().any(|known| {
        known.external_id.as_deref() == Some(id)
            && provider.is_none_or(|provider| known.id == provider || known.name == provider)
    })
}

impl Session<'_> {
    fn find_user(&self, sql: &str, key: &str) -> Result<Option<User>> {
        self.aside()
            .row(sql, params![key])?
            .as_ref()
            .map(user)
            .transpose()
    }

    fn find_users(&self, sql: &str, keys: &[Value<'_>]) -> Result<Vec<User>> {
        self.aside().rows(sql, keys)?.iter().map(user).collect()
    }

    /// A change of what tokens are worth.
    fn revising(&mut self, change: impl FnOnce(&mut Self) -> Result<u64>) -> Result<u64> {
        self.whole(|session| {
            let changed = change(session)?;
            if changed > 0 {
                session.revise()?;
            }
            Ok(changed)
        })
    }

    fn new_token(&self, sql: &str, row: &[Value<'_>]) -> Result<TokenId> {
        let made = self.aside().changed_row(sql, row)?;
        let made = made.ok_or_else(|| Error::Damaged("no number of a token".to_owned()))?;
        Ok(TokenId(Cells(&made).int(0)?))
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
        self.find_users(
            BY_LABEL,
            params![label, signed(limit), label.to_ascii_lowercase()],
        )
    }

    fn users_by_external_id(&mut self, id: &str, provider: Option<&str>) -> Result<Vec<User>> {
        let piece = format!("\"external_id\":{}", text_of(id)?);
        let mut users = self.find_users(BY_PIECE, params![piece])?;
        users.retain(|user| is_known_as(user, id, provider));
        Ok(users)
    }

    fn users_after(&mut self, after: UserId, limit: u64) -> Result<Vec<User>> {
        self.find_users(NEXT, params![after.0, signed(limit)])
    }

    fn count_active_admins(&mut self) -> Result<u64> {
        Ok(self.aside().number(ACTIVE_ADMINS, &[])?.unsigned_abs())
    }

    fn users(&mut self, offset: u64, limit: u64) -> Result<Vec<UserUse>> {
        let rows = self.aside().rows(LIST, params![signed(limit), signed(offset)])?;
        let used = |row: &Row| {
            Ok(UserUse {
                user: user(row)?,
                has_token: Cells(row).bool(AFTER)?,
                last_used: Cells(row).opt_int(AFTER + 1)?.map(Timestamp),
            })
        };
        rows.iter().map(used).collect()
    }

    fn has_users(&mut self) -> Result<bool> {
        self.aside().truth(ANY, &[])
    }

    fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>> {
        self.aside()
            .row(OWNER, params![&hash[..]])?
            .as_ref()
            .map(owner)
            .transpose()
    }
}

impl WriteIdentity for Session<'_> {
    fn insert_user(&mut self, user: &NewUser) -> Result<Option<UserId>> {
        let row = params![
            &user.email,
            &user.name,
            &user.password_hash,
            user.roles.admin,
            user.roles.developer,
            text_of(&user.groups)?,
            text_of(&user.projects)?,
            user.now.0,
            hex(user.guid),
            &user.oid,
            &user.first_name,
            &user.last_name,
            text_of(&user.details)?
        ];
        let inserted = self.aside().changed_row(INSERT, row)?;
        inserted.map(|row| Cells(&row).int(0).map(UserId)).transpose()
    }

    fn update_user(&mut self, user: &User) -> Result<bool> {
        let row = params![
            user.id.0,
            &user.email,
            &user.name,
            &user.password_hash,
            user.roles.admin,
            user.roles.developer,
            text_of(&user.groups)?,
            user.status.as_str(),
            &user.first_name,
            &user.last_name,
            signed(user.version),
            user.failed_logins,
            text_of(&user.details)?
        ];
        Ok(self.revising(|session| session.aside().change(UPDATE, row))? == 1)
    }

    fn set_user_projects(&mut self, id: UserId, projects: &[String]) -> Result<bool> {
        let row = params![id.0, text_of(projects)?];
        Ok(self.revising(|session| session.aside().change(SET_PROJECTS, row))? == 1)
    }

    fn delete_user(&mut self, id: UserId) -> Result<bool> {
        self.whole(|session| {
            session.end_sessions(id, None)?;
            session.delete_tokens(id)?;
            Ok(session.aside().change(DELETE, params![id.0])? == 1)
        })
    }

    fn insert_token(&mut self, user: UserId, hash: &[u8; 32], name: &str, now: Timestamp) -> Result<TokenId> {
        self.new_token(INSERT_TOKEN, params![user.0, &hash[..], name, now.0])
    }

    fn insert_bot_token(
        &mut self,
        user: UserId,
        bot: Uuid,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<TokenId> {
        self.new_token(INSERT_BOT_TOKEN, params![user.0, &hash[..], now.0, hex(bot)])
    }

    fn insert_session(&mut self, session: &NewSession) -> Result<TokenId> {
        let (user, now) = (session.user.0, session.now.0);
        self.aside().send(DELETE_ENDED_OF, params![user, now])?;
        let impersonator = session.impersonator.as_deref();
        let row = params![user, &session.hash[..], now, session.idle_ms, impersonator];
        self.new_token(INSERT_SESSION, row)
    }

    fn delete_session(&mut self, token: TokenId) -> Result<bool> {
        Ok(self.revising(|session| session.aside().change(DELETE_SESSION, params![token.0]))? == 1)
    }

    fn end_sessions(&mut self, user: UserId, except: Option<TokenId>) -> Result<u64> {
        let except = except.map(|token| token.0);
        self.revising(|session| session.aside().change(END_SESSIONS, params![user.0, except]))
    }

    fn end_impersonations(&mut self, by: UserId) -> Result<u64> {
        self.revising(|session| session.aside().change(END_IMPERSONATIONS, params![by.0]))
    }

    fn delete_ended_sessions(&mut self, now: Timestamp, limit: u64) -> Result<u64> {
        self.aside().change(DELETE_ENDED, params![now.0, signed(limit)])
    }

    fn delete_bot_tokens(&mut self, bot: Uuid) -> Result<u64> {
        self.revising(|session| session.aside().change(DELETE_BOT_TOKENS, params![hex(bot)]))
    }

    fn delete_tokens(&mut self, user: UserId) -> Result<u64> {
        self.revising(|session| session.aside().change(DELETE_TOKENS, params![user.0]))
    }

    fn touch_tokens(&mut self, used: &[(TokenId, Timestamp)]) -> Result<()> {
        for (token, on) in used {
            self.aside().send(TOUCH, params![token.0, on.0])?;
        }
        Ok(())
    }
}
