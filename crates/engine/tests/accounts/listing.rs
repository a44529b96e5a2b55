//! Listing users.

use engine::accounts::{AccountFilter, AccountOffset, AccountRef, NewAccount, UserStatus};
use model::Code;

use super::support::{Bed, choice, code, new_account};

async fn bed() -> Bed {
    let bed = Bed::new().await;
    for (email, first, last, group) in [
        ("zoë@example.com", "Zoë", "Ärmel", "plain"),
        ("max@example.com", "Max", "Müller", "strict"),
        ("mia@example.org", "Mia", "Mull", "strict"),
    ] {
        let new = NewAccount {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            groups: vec![choice(group, true)],
            password: Some("passw0rd!".to_owned()),
            ..new_account(email)
        };
        bed.engine().create_account(&bed.admin, new).await.unwrap();
    }
    bed
}

async fn emails(bed: &Bed, filter: AccountFilter) -> Vec<String> {
    let found = bed
        .engine()
        .accounts(filter, AccountOffset::Start, 20)
        .await
        .unwrap();
    assert_eq!(found.total, found.entries.len() as u64);
    found.entries.into_iter().map(|account| account.email).collect()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn filters_are_parts_in_any_case_and_all_must_fit() {
    let bed = bed().await;
    let of = |set: fn(&mut AccountFilter)| {
        let mut filter = AccountFilter::default();
        set(&mut filter);
        emails(&bed, filter)
    };
    assert_eq!(of(|_| {}).await.len(), 6);
    assert_eq!(of(|f| f.first_name = text("zOË")).await, ["zoë@example.com"]);
    assert_eq!(of(|f| f.last_name = text("ÄRM")).await, ["zoë@example.com"]);
    assert_eq!(of(|f| f.full_name = text("x m")).await, ["max@example.com"]);
    assert_eq!(of(|f| f.email = text("Example.ORG")).await, ["mia@example.org"]);
    assert_eq!(of(|f| f.developer = Some(true)).await, ["dev@example.com"]);
    assert_eq!(
        of(|f| f.groups = vec!["STRICT".to_owned()]).await,
        ["max@example.com", "mia@example.org"]
    );
    let either = of(|f| f.groups = vec!["strict ones".to_owned(), "plain".to_owned()]).await;
    assert_eq!(either.len(), 3);
    let both = of(|f| (f.last_name, f.email) = (text("m"), text("example.com"))).await;
    assert_eq!(both, ["zoë@example.com", "max@example.com"]);
}

#[tokio::test]
async fn states_are_filtered() {
    let bed = bed().await;
    let off = vec![AccountRef::of("max@example.com")];
    bed.engine().deactivate_accounts(&bed.admin, off).await.unwrap();
    let of = |statuses: &[UserStatus]| {
        let statuses = statuses.to_vec();
        emails(
            &bed,
            AccountFilter {
                statuses,
                ..AccountFilter::default()
            },
        )
    };
    assert_eq!(of(&[UserStatus::Inactive]).await, ["max@example.com"]);
    assert_eq!(of(&[UserStatus::Active]).await.len(), 5);
    assert_eq!(of(&[UserStatus::Inactive, UserStatus::Active]).await.len(), 6);
    assert!(of(&[UserStatus::Blocked]).await.is_empty());
}

#[tokio::test]
async fn pages_begin_after_a_number_or_an_account() {
    let bed = bed().await;
    let page = async |offset: AccountOffset, size: u64| {
        let found = bed
            .engine()
            .accounts(AccountFilter::default(), offset, size)
            .await
            .unwrap();
        assert_eq!(found.total, 6);
        let emails = found.entries.into_iter().map(|account| account.email);
        emails.collect::<Vec<_>>().join(" ")
    };
    let max = bed.account("max@example.com").await.id;
    assert_eq!(
        page(AccountOffset::Skip(3), 2).await,
        "zoë@example.com max@example.com"
    );
    assert_eq!(page(AccountOffset::After(max), 9).await, "mia@example.org");
    assert_eq!(page(AccountOffset::Skip(9), 9).await, "");
    assert_eq!(page(AccountOffset::Start, 0).await, "");
    let bad = |offset, size| bed.engine().accounts(AccountFilter::default(), offset, size);
    assert_eq!(
        code(bad(AccountOffset::After("0".repeat(24)), 9).await),
        Code::BadValue
    );
    assert_eq!(code(bad(AccountOffset::Start, 1001).await), Code::BadValue);
}
