//! How SQLite reads: every statement that looks for jobs must go by an index, in its order.

use rusqlite::Connection;

/// The steps of a plan, in SQLite's words.
fn plan(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let names: Vec<String> = (1..=statement.parameter_count())
        .map(|_| "1".to_owned())
        .collect();
    let rows = statement
        .query_map(rusqlite::params_from_iter(names), |row| row.get(3))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

fn store() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(include_str!("../migrations/0002_jobs.sql"))
        .unwrap();
    conn
}

#[test]
fn looking_for_jobs_goes_by_an_index() {
    let conn = store();
    let statements = [
        (super::claim::READY, "jobs_ready"),
        (super::claim::ORDINARY_RUNNING, "jobs_leased"),
        (super::read::HELD, "jobs_held"),
        (super::read::BRANCH, "jobs_branch"),
        (super::read::LEASED, "jobs_leased"),
        (super::read::LEASE_EXPIRED, "jobs_leased"),
        (super::read::COUNTS, "jobs_by_status"),
        (super::moves::PASS_TURN, "jobs_serial"),
        (super::listing::UNFINISHED.page, "jobs_unfinished"),
        (super::listing::UNFINISHED.count, "jobs_unfinished"),
        (super::listing::FAILED.page, "jobs_failed"),
        (super::listing::FAILED.count, "jobs_failed"),
        (super::listing::CLEAN.page, "jobs_clean"),
        (super::listing::CLEAN.count, "jobs_clean"),
        (super::listing::TROUBLED.page, "jobs_troubled"),
        (super::listing::TROUBLED.count, "jobs_troubled"),
        (super::listing::TROUBLED.page, "job_items_bad"),
        (super::listing::BAD_ITEMS_OF_STATES.page, "job_items_bad"),
        (super::listing::BAD_ITEMS_OF_STATES.from, "job_items_bad"),
        (super::listing::FAILURES, "jobs_troubled"),
        (super::listing::FAILURES, "job_items_bad"),
        (super::listing::FAILURE_COUNT, "jobs_troubled"),
        (super::listing::FAILURE_COUNT, "job_items_bad"),
        (super::clean::CLEAR, "jobs_clean"),
        (super::clean::OVER, "jobs_ended"),
        (super::clean::EXPIRED, "jobs_ended"),
        (super::clean::EXPIRED, "jobs_branch"),
    ];
    for (sql, index) in statements {
        let plan = plan(&conn, sql);
        assert!(
            plan.iter().any(|step| step.contains(index)),
            "{index} not in {plan:#?} of {sql}"
        );
    }
}

#[test]
fn ordered_listings_do_not_sort() {
    let conn = store();
    let sorts = |sql: &str| plan(&conn, sql).iter().any(|step| step.contains("ORDER BY"));
    for sql in [
        super::claim::READY,
        super::read::HELD,
        super::read::BRANCH,
        super::listing::UNFINISHED.page,
        super::listing::FAILED.page,
        super::listing::CLEAN.page,
        super::listing::TROUBLED.page,
        super::listing::FAILURES,
        super::listing::ITEMS.page,
        super::listing::ITEMS.from,
        super::listing::BAD_ITEMS_OF_STATES.page,
        super::listing::BAD_ITEMS_OF_STATES.from,
        super::listing::LOGS,
        super::clean::OVER,
        super::clean::EXPIRED,
    ] {
        assert!(!sorts(sql), "{:#?} of {sql}", plan(&conn, sql));
    }
}

#[test]
fn items_from_a_number_on_begin_there() {
    let conn = store();
    for sql in [
        super::listing::ITEMS.from,
        super::listing::BAD_ITEMS_OF_STATES.from,
    ] {
        let plan = plan(&conn, sql);
        assert!(plan[0].contains("(job=? AND number>?)"), "{plan:#?} of {sql}");
    }
}
