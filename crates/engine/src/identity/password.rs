//! Passwords: argon2id with a random salt, a few at a time, so that hashing can neither fill the memory nor stall requests.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use model::Error;
use tokio::sync::Semaphore;

/// Hashes under way at once; each takes 19 MiB and some 20 ms of one core.
static UNDER_WAY: Semaphore = Semaphore::const_new(2);

/// Hashes `password` for storing, in PHC form.
///
/// # Errors
/// Internal, when the hasher fails.
pub(crate) async fn hash(password: String) -> Result<String, Error> {
    off_thread(move || {
        let hashed = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(Error::internal)?;
        Ok(hashed.to_string())
    })
    .await
}

/// Whether `password` is the one behind `stored`.
///
/// # Errors
/// Internal, when the stored hash cannot be read.
pub(crate) async fn verify(password: String, stored: String) -> Result<bool, Error> {
    off_thread(move || {
        let parsed = PasswordHash::new(&stored).map_err(Error::internal)?;
        Ok(Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok())
    })
    .await
}

/// Takes as long as [`verify`], so that an unknown mail address cannot be told from a wrong password by the time.
///
/// # Errors
/// As [`hash`].
pub(crate) async fn pretend(password: String) -> Result<(), Error> {
    hash(password).await.map(drop)
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let _turn = UNDER_WAY.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::{hash, verify};

    #[tokio::test]
    async fn a_hash_fits_its_password_only() {
        let stored = hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse".to_owned(), stored.clone()).await.unwrap());
        assert!(!verify("wrong horse".to_owned(), stored).await.unwrap());
    }
}
