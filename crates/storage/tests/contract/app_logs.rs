//! The app's log.

use model::Timestamp;
use storage::tables::app_logs::{LogBounds, LogFilter, LogSlice, NewLogLine};

use super::bed::{Bed, read, write};

fn line(at: i64, message: &str) -> NewLogLine {
    NewLogLine {
        at: Timestamp(at),
        kind: "APP",
        sub_kind: Some("SCRIPT"),
        level: "INFO",
        message: message.to_owned(),
        user_email: Some("ann@example.com".to_owned()),
        admin_email: None,
        ip: Some("10.0.0.1".to_owned()),
        info: Some("{\"a\":1}".to_owned()),
    }
}

fn add(bed: &dyn Bed, lines: Vec<NewLogLine>) -> Vec<i64> {
    write(bed, move |tx| tx.add_log_lines(&lines))
}

fn messages(bed: &dyn Bed, filter: LogFilter, slice: LogSlice, limit: u64) -> Vec<String> {
    let counted = filter.clone();
    let lines = read(bed, move |tx| tx.log_lines(&filter, slice, limit));
    if slice == LogSlice::Newest && limit > 100 {
        let total = read(bed, move |tx| tx.count_log_lines(&counted));
        assert_eq!(total, lines.len() as u64);
    }
    lines.into_iter().map(|line| line.message).collect()
}

pub(crate) fn a_line_survives(bed: &dyn Bed) {
    let sent = line(5, "ü \"x\"");
    let plain = NewLogLine {
        sub_kind: None,
        user_email: None,
        ip: None,
        info: None,
        admin_email: Some("dev@example.com".to_owned()),
        ..line(6, "")
    };
    let places = add(bed, vec![sent.clone(), plain]);
    assert_eq!(places, [1, 2]);
    let lines = read(bed, |tx| tx.log_lines(&LogFilter::default(), LogSlice::Newest, 9));
    let first = &lines[0];
    assert_eq!((first.seq, first.at, &first.message), (1, sent.at, &sent.message));
    assert_eq!(
        (&*first.kind, first.sub_kind.as_deref(), &*first.level),
        ("APP", Some("SCRIPT"), "INFO")
    );
    assert_eq!((&first.user_email, &first.ip), (&sent.user_email, &sent.ip));
    assert_eq!((&first.info, &first.admin_email), (&sent.info, &None));
    let second = &lines[1];
    assert_eq!((&second.sub_kind, &second.user_email), (&None, &None));
    assert_eq!((&second.ip, &second.info), (&None, &None));
    assert_eq!(second.admin_email.as_deref(), Some("dev@example.com"));
}

pub(crate) fn the_newest_lines_come_oldest_first(bed: &dyn Bed) {
    add(bed, (1..=5).map(|n| line(n, &n.to_string())).collect());
    let all = LogFilter::default;
    assert_eq!(messages(bed, all(), LogSlice::Newest, 2), ["4", "5"]);
    assert_eq!(messages(bed, all(), LogSlice::After(2), 2), ["3", "4"]);
    assert!(messages(bed, all(), LogSlice::After(5), 2).is_empty());
    assert_eq!(read(bed, |tx| tx.count_log_lines(&LogFilter::default())), 5);
}

/// Lines of a user, of somebody else's program and of nobody; gives what a filter leaves of them.
fn found_by(bed: &dyn Bed) -> impl Fn(fn(&mut LogFilter)) -> Vec<String> {
    let mut external = line(4, "Done 100% of a_b");
    (external.kind, external.level) = ("EXTERNAL", "ERROR");
    let mut nobody = line(5, "nobody");
    nobody.user_email = None;
    add(bed, vec![line(3, "done 100 of aXb"), external, nobody]);
    move |set| {
        let mut filter = LogFilter::default();
        set(&mut filter);
        messages(bed, filter, LogSlice::Newest, 1000)
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn lines_are_filtered_by_parts_of_texts(bed: &dyn Bed) {
    let of = found_by(bed);
    assert_eq!(of(|f| f.message = text("DONE")).len(), 2);
    assert_eq!(of(|f| f.message = text("100%")), ["Done 100% of a_b"]);
    assert_eq!(of(|f| f.message = text("a_b")), ["Done 100% of a_b"]);
    assert!(of(|f| f.message = text("\\")).is_empty());
    assert_eq!(of(|f| f.user_email = text("ANN@")).len(), 2);
}

pub(crate) fn lines_are_filtered_by_time_and_words(bed: &dyn Bed) {
    let of = found_by(bed);
    assert_eq!(
        of(|f| f.from = Some(Timestamp(4))),
        ["Done 100% of a_b", "nobody"]
    );
    assert_eq!(of(|f| f.to = Some(Timestamp(4))).len(), 2);
    let both = of(|f| (f.from, f.to) = (Some(Timestamp(4)), Some(Timestamp(4))));
    assert_eq!(both.len(), 1);
    assert_eq!(
        of(|f| f.levels = vec!["ERROR".to_owned(), "WARN".to_owned()]).len(),
        1
    );
    assert_eq!(
        of(|f| f.levels = vec!["ERROR".to_owned(), "INFO".to_owned()]).len(),
        3
    );
    assert_eq!(of(|f| f.kinds = vec!["APP".to_owned()]).len(), 2);
}

pub(crate) fn the_oldest_lines_go(bed: &dyn Bed) {
    let rotate = |lines: u64, bytes: u64| write(bed, move |tx| tx.rotate_logs(LogBounds { lines, bytes }));
    assert_eq!(rotate(0, 0), 0);
    add(bed, (1..=10).map(|n| line(n, &"x".repeat(1000))).collect());
    assert_eq!(rotate(10, u64::MAX), 0);
    assert_eq!(rotate(7, u64::MAX), 3);
    assert_eq!(rotate(7, 100_000), 0);
    // Each line takes a little more than its message.
    assert_eq!(rotate(u64::MAX, 5500), 2);
    assert_eq!(add(bed, vec![line(11, "y")]), [11]);
    assert_eq!(rotate(u64::MAX, 5500), 1);
    assert_eq!(rotate(u64::MAX, 5500), 0);
    assert_eq!(rotate(0, 0), 4);
    assert_eq!(messages(bed, LogFilter::default(), LogSlice::Newest, 9), ["y"]);
}
