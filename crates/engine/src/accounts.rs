//! Users of an app as accounts: logging in and out, who they are, and managing them.
//!
//! A log-in gives a session, whose secret is shown once and which ends when it was not used for a while. Admins and
//! developers manage users; everybody who is logged in may read them, as relationships to users need it. Names of
//! groups lead to the applied app, which knows the rules of passwords, sessions and addresses.
//!
//! Source: `contracts/slingr.md` §1.4, §10 and §12.

mod change;
mod create;
mod find;
mod groups;
mod list;
mod log_in;
mod membership;
mod network;
mod policy;
mod providers;
mod remove;
mod rights;
mod secret;
mod states;
mod view;
mod zone;

pub use change::AccountChange;
pub(crate) use change::alter_in as change_account;
pub use create::NewAccount;
pub use find::AccountRef;
pub use groups::GroupChoice;
pub(crate) use groups::{find_one as find_group, put_into, take_out};
pub use list::{AccountFilter, AccountOffset};
pub use log_in::{LogIn, LoggedIn};
pub use providers::ProviderChoice;
pub use rights::RestPart;
pub(crate) use rights::{forbidden, require_developer};
pub use view::{Account, AccountGroup, Localization};

pub use storage::tables::identity::{IdentityProvider, UserStatus};
