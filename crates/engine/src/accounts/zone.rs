//! The zone in which times are told to somebody.
//!
//! It is the only setting of a user that texts for people depend on; where he has none, the app's zone counts.

use jiff::tz::TimeZone;
use model::{Actor, Error};

use crate::Engine;

impl Engine {
    /// The zone that the user of this id or mail address has chosen; of the caller, when nobody is named.
    ///
    /// # Errors
    /// `bad-value` for a user that there is not, about the parameter that names users.
    pub async fn zone_of(&self, caller: &Actor, named: Option<&str>) -> Result<Option<TimeZone>, Error> {
        let key = named.unwrap_or(&caller.email).to_owned();
        let found = self.store().read(move |tx| {
            let by_id = tx.user_by_oid(&key.to_ascii_lowercase())?;
            match by_id {
                Some(user) => Ok(Some(user)),
                None => tx.user_by_email(&key.trim().to_lowercase()),
            }
        });
        match (found.await?, named) {
            // One that was chosen is known, or the user would not have been stored.
            (Some(user), _) => Ok(user.details.timezone.and_then(|zone| TimeZone::get(&zone).ok())),
            (None, None) => Ok(None),
            (None, Some(named)) => {
                let shown: String = named.chars().take(80).collect();
                let message =
                    format!("_formatForUser must be the id or the mail address of a user, got {shown:?}");
                Err(Error::bad_value("_formatForUser", message))
            }
        }
    }
}
