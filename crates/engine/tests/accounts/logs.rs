//! The log of the app.

use engine::SlingrOptions;
use engine::app_logs::{self, Entry, Happening, Kind, Level, LogFilter, LogPage, Period, Posted};
use model::{Actor, Code};

use super::support::{Bed, code};

fn entry(message: &str, level: Level) -> Entry {
    Entry {
        kind: Kind::App,
        happening: Some(Happening::RecordCreated),
        level,
        message: message.to_owned(),
        ip: Some("10.0.0.1".to_owned()),
        info: Some("{\"a\":1}".to_owned()),
    }
}

fn posted(message: &str) -> Posted {
    Posted {
        level: Level::Warn,
        message: message.to_owned(),
        info: None,
        ip: None,
    }
}

fn newest(size: u64) -> LogPage {
    LogPage { size, after: None }
}

async fn messages(bed: &Bed, filter: LogFilter, page: LogPage) -> Vec<String> {
    let found = bed.engine().app_logs(&bed.dev, filter, page).await.unwrap();
    found.entries.into_iter().map(|entry| entry.message).collect()
}

#[tokio::test]
async fn a_reader_sees_what_was_logged_before() {
    let bed = Bed::new().await;
    let ann = Actor {
        impersonator: Some("dev@example.com".to_owned()),
        ..(*bed.user("ann@example.com", &[]).await).clone()
    };
    bed.engine().log(&ann, entry("first", Level::Info));
    bed.engine().log(&Actor::default(), entry("second", Level::Error));
    let found = bed
        .engine()
        .app_logs(&bed.dev, LogFilter::default(), newest(200))
        .await
        .unwrap();
    assert_eq!(found.total, 2);
    let (first, second) = (&found.entries[0], &found.entries[1]);
    assert_eq!(
        (first.kind, first.happening),
        (Kind::App, Some(Happening::RecordCreated))
    );
    assert_eq!((&*first.message, first.level), ("first", Level::Info));
    assert_eq!(first.user_email.as_deref(), Some("ann@example.com"));
    assert_eq!(first.admin_email.as_deref(), Some("dev@example.com"));
    assert_eq!(
        (first.ip.as_deref(), first.info.as_deref()),
        (Some("10.0.0.1"), Some("{\"a\":1}"))
    );
    assert_eq!(
        (&*second.message, &second.user_email, &second.admin_email),
        ("second", &None, &None)
    );
    assert_eq!((first.id.len(), first.at), (24, bed.engine().env().now()));
    assert!(first.id < second.id);
}

#[tokio::test]
async fn posted_lines_are_kept_behind_those_before() {
    let bed = Bed::new().await;
    bed.engine().log(&bed.dev, entry("before", Level::Info));
    let made = bed.engine().post_log(&bed.dev, posted("sent")).await.unwrap();
    assert_eq!(
        (made.kind, made.happening, made.level),
        (Kind::External, None, Level::Warn)
    );
    let found = bed
        .engine()
        .app_logs(&bed.dev, LogFilter::default(), newest(1))
        .await
        .unwrap();
    assert_eq!((found.total, &found.entries[0]), (2, &made));
    for bad in ["", " \n", &"x".repeat(10_001)] {
        let refused = bed.engine().post_log(&bed.dev, posted(bad)).await.unwrap_err();
        assert_eq!(refused.field(), Some("message"));
    }
    let refused = bed.engine().post_log(&bed.dev, posted("")).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::MissingField, "Message cannot be empty")
    );
}

#[tokio::test]
async fn only_developers_read_and_send() {
    let bed = Bed::new().await;
    for by in [&bed.admin, &bed.user("ann@example.com", &["plain"]).await] {
        let read = bed.engine().app_logs(by, LogFilter::default(), newest(1)).await;
        assert_eq!(code(read), Code::Forbidden);
        assert_eq!(
            code(bed.engine().post_log(by, posted("x")).await),
            Code::Forbidden
        );
    }
}

#[tokio::test]
async fn pages_are_the_newest_or_go_on_behind_a_line() {
    let bed = Bed::new().await;
    for n in 1..=5 {
        bed.engine().log(&bed.dev, entry(&n.to_string(), Level::Info));
    }
    let all = LogFilter::default;
    assert_eq!(messages(&bed, all(), newest(2)).await, ["4", "5"]);
    let first = bed
        .engine()
        .app_logs(&bed.dev, all(), newest(5))
        .await
        .unwrap()
        .entries[0]
        .id
        .clone();
    let behind = |id: &str, size| LogPage {
        size,
        after: Some(id.to_owned()),
    };
    assert_eq!(messages(&bed, all(), behind(&first, 2)).await, ["2", "3"]);
    for bad in ["x", "17", &"z".repeat(24)] {
        let read = bed.engine().app_logs(&bed.dev, all(), behind(bad, 2)).await;
        assert_eq!(code(read), Code::BadValue, "{bad}");
    }
    assert_eq!(
        code(bed.engine().app_logs(&bed.dev, all(), newest(1001)).await),
        Code::BadValue
    );
}

#[tokio::test]
async fn lines_are_found_by_time_and_words() {
    let bed = Bed::new().await;
    // The clock stands just after midnight of the app's zone.
    bed.engine().log(&bed.dev, entry("old", Level::Info));
    bed.pass(23 * 3_600_000);
    bed.engine().log(&bed.dev, entry("later", Level::Error));
    bed.pass(3_600_000);
    bed.engine().log(&bed.admin, entry("today", Level::Warn));
    let of = |set: fn(&mut LogFilter)| {
        let mut filter = LogFilter::default();
        set(&mut filter);
        messages(&bed, filter, newest(9))
    };
    let period = |text: &'static str| {
        let period = Some(Period::parse(text).unwrap());
        let filter = LogFilter {
            period,
            ..LogFilter::default()
        };
        messages(&bed, filter, newest(9))
    };
    assert_eq!(period("today").await, ["today"]);
    assert_eq!(period("yesterday").await, ["old", "later"]);
    assert_eq!(period("1h 1s").await, ["later", "today"]);
    assert_eq!(
        of(|f| f.levels = vec![Level::Warn, Level::Error]).await,
        ["later", "today"]
    );
    assert_eq!(
        of(|f| f.user_email = Some("DEV".to_owned())).await,
        ["old", "later"]
    );
    assert_eq!(of(|f| f.message = Some("OD".to_owned())).await, ["today"]);
    assert!(of(|f| f.kinds = vec![Kind::External]).await.is_empty());
    assert_eq!(
        of(|f| f.from = Some(testkit::START.plus_millis(1))).await,
        ["later", "today"]
    );
    assert_eq!(of(|f| f.to = Some(testkit::START)).await, ["old"]);
}

#[tokio::test]
async fn the_oldest_lines_go() {
    let bed = Bed::with(SlingrOptions {
        max_logs: 3,
        ..SlingrOptions::default()
    })
    .await;
    for n in 1..=5 {
        bed.engine().log(&bed.dev, entry(&n.to_string(), Level::Info));
    }
    assert_eq!(
        messages(&bed, LogFilter::default(), newest(9)).await,
        ["3", "4", "5"]
    );
}

#[tokio::test]
async fn the_last_lines_are_stored_at_the_end() {
    let bed = Bed::new().await;
    bed.engine().log(&bed.dev, entry("last", Level::Info));
    app_logs::run(bed.engine().clone(), async {}).await;
    let count = bed.engine().store().read(|tx| {
        let filter = storage::tables::app_logs::LogFilter::default();
        Ok::<_, model::Error>(tx.count_log_lines(&filter)?)
    });
    assert_eq!(count.await.unwrap(), 1);
}
