//! Listings of jobs, their items, failures and logs.

use model::job::{ItemState, Level, Status};
use model::{Job, JobSeq, Page};
use storage::tables::jobs::{JobFilter, LogFilter, TimeRange};
use storage::{Result, Tx};

use super::{
    ALL, Blocked, Done, Failed, START, add, chunk, claim, end, end_at, item, job, on_every_backend, write,
};

#[test]
fn items_are_listed_by_number_and_state_with_totals() {
    on_every_backend(|store| {
        let seq = add(store, |_| {});
        chunk(store, seq, 0, &[Done, Failed, Done, Blocked, Failed]);
        let list = |states: &'static [ItemState], page: Page| {
            let page = write(store, move |tx| tx.items(seq, states, page));
            (
                page.entries.iter().map(|item| item.number).collect::<Vec<_>>(),
                page.total,
            )
        };
        assert_eq!(list(&[], ALL), (vec![0, 1, 2, 3, 4], 5));
        assert_eq!(list(&[], Page { number: 2, size: 2 }), (vec![2, 3], 5));
        assert_eq!(list(&[Failed], ALL), (vec![1, 4], 2));
        assert_eq!(
            list(&[Failed, Blocked], Page { number: 2, size: 2 }),
            (vec![4], 3)
        );
        assert_eq!(list(&[Done, Blocked], ALL), (vec![0, 2, 3], 3));
        let first = write(store, move |tx| tx.items(seq, &[], Page::first(2)));
        assert_eq!(first.entries, [item(0, Done), item(1, Failed)]);
        assert_eq!(write(store, |tx| tx.items(JobSeq(99), &[], ALL)).total, 0);
    });
}

#[test]
fn items_are_read_from_a_number_on() {
    on_every_backend(|store| {
        let seq = add(store, |_| {});
        let other = add(store, |_| {});
        chunk(store, other, 0, &[Failed, Failed, Failed]);
        chunk(store, seq, 10, &[Done, Failed, Done, Blocked, Failed]);
        let list = |states: &'static [ItemState], from: u64, limit: u64| {
            let items = write(store, move |tx| tx.items_from(seq, states, from, limit));
            items.into_iter().map(|item| item.number).collect::<Vec<_>>()
        };
        assert_eq!(list(&[], 0, u64::MAX), [10, 11, 12, 13, 14]);
        assert_eq!(list(&[], 12, 2), [12, 13]);
        assert_eq!(list(&[], 15, 2), [0_u64; 0]);
        assert_eq!(list(&[], u64::MAX, 2), [0_u64; 0]);
        assert_eq!(list(&[Failed, Blocked], 0, 2), [11, 13]);
        assert_eq!(list(&[Failed, Blocked], 14, 2), [14]);
        assert_eq!(list(&[Failed], 12, 2), [14]);
        assert_eq!(list(&[Done, Blocked], 11, 9), [12, 13]);
        assert_eq!(list(&[Failed], 0, 0), [0_u64; 0]);
        let first = write(store, move |tx| tx.items_from(seq, &[Blocked], 0, 9));
        assert_eq!(first, [item(13, Blocked)]);
        assert_eq!(write(store, |tx| tx.items_from(JobSeq(99), &[], 0, 9)).len(), 0);
    });
}

#[test]
fn logs_are_listed_in_order_by_level_text_and_time() {
    on_every_backend(|store| {
        let seq = add(store, |_| {});
        let other = add(store, |_| {});
        let lines = [
            (Level::Info, "Read 100%"),
            (Level::Warn, "slow"),
            (Level::Error, "read failed"),
        ];
        for (minute, (level, text)) in (0..).zip(lines) {
            let now = START.plus_millis(minute * 60_000);
            write(store, move |tx| {
                tx.append_logs(seq, now, &[(level, text.to_owned())])
            });
        }
        write(store, move |tx| {
            tx.append_logs(other, START, &[(Level::Info, "other".to_owned())])
        });
        let list = |filter: LogFilter, page: Page| {
            let page = write(store, move |tx| tx.logs(seq, &filter, page));
            (
                page.entries
                    .into_iter()
                    .map(|line| line.message)
                    .collect::<Vec<_>>(),
                page.total,
            )
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            list(LogFilter::default(), ALL),
            (words(&["Read 100%", "slow", "read failed"]), 3)
        );
        assert_eq!(
            list(LogFilter::default(), Page { number: 2, size: 2 }),
            (words(&["read failed"]), 3)
        );
        let grave = LogFilter {
            min_level: Some(Level::Warn),
            ..LogFilter::default()
        };
        assert_eq!(list(grave, ALL), (words(&["slow", "read failed"]), 2));
        let of = |levels: &[Level]| LogFilter {
            levels: Some(levels.to_vec()),
            ..LogFilter::default()
        };
        assert_eq!(
            list(of(&[Level::Error, Level::Info]), ALL),
            (words(&["Read 100%", "read failed"]), 2)
        );
        assert_eq!(list(of(&[]), ALL), (words(&[]), 0));
        let behind_one = |skip: u64| LogFilter {
            skip,
            ..LogFilter::default()
        };
        assert_eq!(
            list(behind_one(1), Page::first(1)),
            (words(&["slow"]), 3),
            "what is passed over counts"
        );
        assert_eq!(
            list(behind_one(1), Page { number: 2, size: 1 }),
            (words(&["read failed"]), 3)
        );
        assert_eq!(list(behind_one(u64::MAX), ALL), (words(&[]), 3));
        let text = |text: &str| LogFilter {
            text: Some(text.to_owned()),
            ..LogFilter::default()
        };
        assert_eq!(list(text("READ"), ALL), (words(&["Read 100%", "read failed"]), 2));
        assert_eq!(list(text("%"), ALL), (words(&["Read 100%"]), 1));
        let minute = START.plus_millis(60_000);
        let then = LogFilter {
            on: TimeRange {
                from: Some(minute),
                to: Some(minute),
            },
            ..LogFilter::default()
        };
        assert_eq!(list(then, ALL), (words(&["slow"]), 1));
    });
}

#[test]
fn listings_of_a_queue_tell_open_failed_clean_and_troubled_jobs() {
    on_every_backend(|store| {
        let [open, clean, failed, mixed, rejected] = [0, 1, 2, 3, 4].map(|n| {
            add(store, |new| {
                if n == 4 {
                    new.status = Status::Rejected;
                }
            })
        });
        add(store, |new| new.queue = "other");
        chunk(store, clean, 0, &[Done]);
        chunk(store, mixed, 0, &[Done, Failed, Blocked]);
        end(store, clean, Status::Finished);
        end(store, failed, Status::Failed);
        end(store, mixed, Status::Finished);
        type Listed = model::PageOf<Job>;
        let list = |work: fn(&mut dyn Tx) -> Result<Listed>| {
            let page = write(store, work);
            assert_eq!(page.total as usize, page.entries.len());
            page.entries.into_iter().map(|job| job.seq).collect::<Vec<_>>()
        };
        assert_eq!(list(|tx| tx.unfinished_jobs("delta", ALL)), [open]);
        assert_eq!(
            list(|tx| tx.failed_jobs("delta", JobSeq(0), ALL)),
            [failed, rejected]
        );
        assert_eq!(list(|tx| tx.failed_jobs("delta", JobSeq(3), ALL)), [rejected]);
        assert_eq!(list(|tx| tx.clean_jobs("delta", ALL)), [clean]);
        assert_eq!(
            list(|tx| tx.troubled_jobs("delta", (JobSeq(0), 0), ALL)),
            [failed, mixed, rejected]
        );
        assert_eq!(
            list(|tx| tx.troubled_jobs("delta", (JobSeq(4), 1), ALL)),
            [mixed, rejected]
        );
        assert_eq!(
            list(|tx| tx.troubled_jobs("delta", (JobSeq(4), 2), ALL)),
            [rejected]
        );
        let second = write(store, |tx| {
            tx.troubled_jobs("delta", (JobSeq(0), 0), Page { number: 2, size: 1 })
        });
        assert_eq!((second.entries[0].seq, second.total), (mixed, 3));
        assert_eq!(write(store, |tx| tx.clear_finished("delta", 5)), 1);
        assert_eq!(write(store, |tx| tx.clear_finished("delta", 5)), 0);
        assert_eq!(list(|tx| tx.clean_jobs("delta", ALL)), []);
        assert!(job(store, clean).cleared && !job(store, mixed).cleared);
    });
}

#[test]
fn failures_of_a_queue_are_listed_in_order_after_a_watermark() {
    on_every_backend(|store| {
        let [first, second] = [1, 2].map(|_| add(store, |_| {}));
        let elsewhere = add(store, |new| new.queue = "other");
        chunk(store, second, 0, &[Failed]);
        chunk(store, first, 0, &[Failed, Done, Blocked, Failed]);
        chunk(store, elsewhere, 0, &[Failed]);
        let list = |after: (JobSeq, u64), page: Page| {
            let page = write(store, move |tx| tx.failures("delta", after, page));
            let places = page
                .entries
                .iter()
                .map(|failure| (failure.job, failure.item.number));
            (places.collect::<Vec<_>>(), page.total)
        };
        let all = vec![(first, 0), (first, 2), (first, 3), (second, 0)];
        assert_eq!(list((JobSeq(0), 0), ALL), (all.clone(), 4));
        assert_eq!(
            list((JobSeq(0), 0), Page { number: 2, size: 3 }),
            (all[3..].to_vec(), 4)
        );
        assert_eq!(list((first, 0), ALL), (all[1..].to_vec(), 3));
        assert_eq!(list((first, 3), ALL), (all[3..].to_vec(), 1));
        assert_eq!(list((second, 0), ALL), (vec![], 0));
        let page = write(store, |tx| tx.failures("delta", (JobSeq(0), 0), Page::first(2)));
        assert_eq!(page.entries[1].item, item(2, Blocked));
    });
}

#[test]
fn the_listing_of_all_jobs_is_newest_first_and_takes_every_filter() {
    on_every_backend(|store| {
        let ada = add(store, |_| {});
        let bob = add(store, |new| {
            new.run_by = "bob@example.com".to_owned();
            (new.kind, new.queue, new.status) = ("export", "files", Status::Received);
            new.now = START.plus_millis(1000);
        });
        let request_id = job(store, bob).request_id;
        let list = |change: &dyn Fn(&mut JobFilter)| {
            let mut filter = JobFilter::default();
            change(&mut filter);
            let page = write(store, move |tx| tx.jobs(&filter, ALL));
            assert_eq!(page.total as usize, page.entries.len());
            page.entries.into_iter().map(|job| job.seq).collect::<Vec<_>>()
        };
        let one = |text: &str| Some(text.to_owned());
        let many = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(list(&|_| {}), [bob, ada]);
        assert_eq!(list(&|filter| filter.seq = Some(ada)), [ada]);
        assert_eq!(
            list(&|filter| filter.request_id = Some(request_id.clone())),
            [bob]
        );
        assert_eq!(list(&|filter| filter.run_by = one("bob@example.com")), [bob]);
        assert_eq!(list(&|filter| filter.visible_to = one("ada@example.com")), [ada]);
        let both = |filter: &mut JobFilter| {
            (filter.run_by, filter.visible_to) = (one("bob@example.com"), one("ada@example.com"));
        };
        assert_eq!(list(&both), []);
        assert_eq!(list(&|filter| filter.kinds = many(&["export", "none"])), [bob]);
        assert_eq!(list(&|filter| filter.kinds = many(&[])), []);
        assert_eq!(
            list(&|filter| filter.queues = many(&["delta", "files"])),
            [bob, ada]
        );
        assert_eq!(
            list(&|filter| filter.statuses = Some(vec![Status::Received])),
            [bob]
        );
        let late = Some(START.plus_millis(1000));
        assert_eq!(list(&|filter| filter.created.from = late), [bob]);
        assert_eq!(list(&|filter| filter.created.to = Some(START)), [ada]);
        assert_eq!(list(&|filter| filter.updated.from = late), [bob]);
        assert_eq!(list(&|filter| filter.updated.to = Some(START)), [ada]);
    });
}

#[test]
fn the_listing_of_all_jobs_tells_when_they_began_and_ended_and_how_well() {
    on_every_backend(|store| {
        let [good, partly, failed, rejected, running, waiting] = [0, 1, 2, 3, 4, 5].map(|n| {
            add(store, |new| {
                if n == 3 {
                    new.status = Status::Rejected;
                }
            })
        });
        // The claim begins jobs at START + 10 ms, in order.
        assert_eq!(claim(store, 4).len(), 4);
        chunk(store, good, 0, &[Done]);
        chunk(store, partly, 0, &[Done, Failed]);
        chunk(store, running, 0, &[Failed]);
        end_at(store, good, Status::Finished, START.plus_millis(100));
        end_at(store, partly, Status::Finished, START.plus_millis(200));
        end_at(store, failed, Status::Failed, START.plus_millis(300));
        let list = |change: &dyn Fn(&mut JobFilter)| {
            let mut filter = JobFilter::default();
            change(&mut filter);
            let page = write(store, move |tx| tx.jobs(&filter, ALL));
            assert_eq!(page.total as usize, page.entries.len());
            page.entries.into_iter().map(|job| job.seq).collect::<Vec<_>>()
        };
        let time = |millis: i64| Some(START.plus_millis(millis));
        assert_eq!(
            list(&|filter| filter.has_errors = Some(true)),
            [running, rejected, failed, partly]
        );
        assert_eq!(list(&|filter| filter.has_errors = Some(false)), [waiting, good]);
        assert_eq!(
            list(&|filter| filter.started.from = time(10)),
            [running, failed, partly, good]
        );
        assert_eq!(list(&|filter| filter.started.from = time(11)), []);
        assert_eq!(list(&|filter| filter.started.to = time(9)), []);
        assert_eq!(list(&|filter| filter.ended.from = time(200)), [failed, partly]);
        let between = |filter: &mut JobFilter| {
            (filter.ended.from, filter.ended.to) = (time(100), time(200));
            filter.has_errors = Some(true);
        };
        assert_eq!(list(&between), [partly]);
    });
}

#[test]
fn a_page_begins_behind_a_job_and_all_count() {
    on_every_backend(|store| {
        let all = [0, 1, 2, 3].map(|n| {
            add(store, |new| {
                if n == 1 {
                    new.kind = "export";
                }
            })
        });
        let list = |behind: Option<JobSeq>, kinds: Option<Vec<String>>| {
            let filter = JobFilter {
                behind,
                kinds,
                ..JobFilter::default()
            };
            let page = write(store, move |tx| tx.jobs(&filter, Page::first(2)));
            (
                page.entries.into_iter().map(|job| job.seq).collect::<Vec<_>>(),
                page.total,
            )
        };
        let export = || Some(vec!["export".to_owned()]);
        assert_eq!(list(None, None), (vec![all[3], all[2]], 4));
        assert_eq!(list(Some(all[2]), None), (vec![all[1], all[0]], 4));
        assert_eq!(list(Some(all[0]), None), (vec![], 4));
        assert_eq!(list(Some(all[2]), export()), (vec![all[1]], 1));
        assert_eq!(list(Some(all[1]), export()), (vec![], 1));
    });
}

#[test]
fn pages_of_the_listing_may_lie_beyond_its_end() {
    on_every_backend(|store| {
        let first = add(store, |_| {});
        add(store, |new| new.status = Status::Received);
        let page = |number: u64, size: u64| {
            let page = write(store, move |tx| {
                tx.jobs(&JobFilter::default(), Page { number, size })
            });
            (
                page.entries.into_iter().map(|job| job.seq).collect::<Vec<_>>(),
                page.total,
            )
        };
        assert_eq!(page(2, 1), (vec![first], 2));
        assert_eq!(page(u64::MAX, 50), (vec![], 2));
        let counts = write(store, |tx| tx.job_counts());
        assert_eq!(counts, [(Status::Pending, 1), (Status::Received, 1)]);
    });
}
