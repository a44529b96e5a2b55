//! Sharing files under addresses that need no right.

use model::{Actor, Error, hex};

use super::read::require_reader;
use super::{Share, find};
use crate::Engine;

impl Engine {
    /// Shares a file for `ttl` milliseconds, or for ever with 0. Whoever may read a file by its id may share it, and
    /// whoever sent it.
    ///
    /// # Errors
    /// `bad-value` of `ttl` when it is negative; `not-found`; `forbidden`.
    pub async fn share_file(&self, actor: &Actor, file: &str, ttl: i64) -> Result<Share, Error> {
        if ttl < 0 {
            let message = format!("the time to live cannot be negative, got {ttl}");
            return Err(Error::bad_value("ttl", message));
        }
        let share = Share {
            id: hex::encode(&self.env().random_bytes::<12>()),
            file: file.to_owned(),
            expires: (ttl > 0).then(|| self.env().now().plus_millis(ttl)),
        };
        let (made, by, alive_since) = (share.clone(), actor.clone(), self.orphans_alive_since());
        let inserted = self.store().write(move |tx| {
            let file = find(tx, &made.file, alive_since)?;
            if file.uploaded_by != by.user || file.job.is_some() {
                require_reader(tx, &by, &file)?;
            }
            Ok::<_, Error>(tx.insert_share(&made)?)
        });
        inserted.await?;
        Ok(share)
    }

    /// Ends a share. Who may share its file may do so.
    ///
    /// # Errors
    /// `not-found`, `forbidden`.
    pub async fn unshare_file(&self, actor: &Actor, share: &str) -> Result<(), Error> {
        let (id, by, alive_since) = (share.to_owned(), actor.clone(), self.orphans_alive_since());
        let ended = self.store().write(move |tx| {
            let gone = || Error::not_found("shared file", &id);
            let share = tx.share(&id)?.ok_or_else(gone)?;
            let file = find(tx, &share.file, alive_since)?;
            if file.uploaded_by != by.user || file.job.is_some() {
                require_reader(tx, &by, &file)?;
            }
            tx.delete_share(&id)?;
            Ok::<_, Error>(())
        });
        ended.await
    }
}
