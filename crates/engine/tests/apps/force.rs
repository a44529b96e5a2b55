//! Definitions in force: what is refused, who sees them when, and what clients write meanwhile.

use model::Code;
use model::job::Status;
use serde_json::json;

use crate::support::{Bed, defined, end};

const OLD: &str = "auditLogs: true\nfields: [{name: f, type: text}, {name: g, type: text}]";
const NEW: &str = "auditLogs: true\nfields: [{name: f, type: integer}, {name: g, type: text}]";

#[tokio::test]
async fn what_would_lose_data_is_refused_by_name() {
    let bed = Bed::new().await;
    let both = defined(&[("things", OLD), ("others", OLD)]);
    bed.force(&both).await;
    let less = defined(&[("things", "fields: [{name: f, type: text}]")]);
    // Without data nothing is lost.
    let empty = bed.app.engine.plan_app(&less).await.unwrap();
    assert_eq!((empty.losses.len(), empty.loss_text()), (0, None));
    bed.create("others", &json!({"f": "x"})).await;
    bed.create("others", &json!({"f": "y"})).await;
    bed.create("things", &json!({"g": "x"})).await;
    let actor = &bed.developer.actor;
    let refused = bed.app.engine.apply_app(actor, &less, false).await.unwrap_err();
    assert_eq!(refused.code(), Code::Conflict);
    assert_eq!(
        refused.message(),
        "this change would lose 2 records of others, 1 value of g in things; it must be applied with --allow-data-loss"
    );
    assert_eq!(bed.app.engine.app_number(), 1);
    let job = bed.change(&less).await;
    assert_eq!(end(&job), (Status::Finished, 1, 0));
    assert!(bed.app.engine.record_entity("others").is_err());
    let left = bed.picture().await;
    assert!(
        !left.contains("app:others") && !left.contains(r#""g":"x""#),
        "{left}"
    );
}

#[tokio::test]
async fn the_same_definition_again_does_nothing_and_ids_stay_for_ever() {
    let bed = Bed::new().await;
    let (both, one) = (
        defined(&[("things", OLD), ("others", OLD)]),
        defined(&[("things", OLD)]),
    );
    let first = bed.force(&both).await;
    assert_eq!((first.number, first.plan.changes.added.len()), (1, 2));
    bed.app.run_jobs().await;
    let again = bed.force(&both).await;
    assert_eq!((again.number, again.job), (1, None));
    assert!(again.plan.is_empty());
    let id = bed.app.engine.record_entity("others").unwrap().id().to_owned();
    bed.change(&one).await;
    assert_eq!(bed.force(&both).await.job, None);
    assert_eq!(bed.app.engine.record_entity("others").unwrap().id(), id);
}

#[tokio::test]
async fn applied_again_before_it_is_carried_out_it_is_still_one_job() {
    let mut bed = Bed::new().await;
    bed.force(&defined(&[("things", OLD)])).await;
    bed.create("things", &json!({"f": "1"})).await;
    let new = defined(&[("things", NEW)]);
    let first = bed.force(&new).await.job.unwrap();
    bed.app.restart().await;
    let again = bed.force(&new).await;
    assert_eq!((again.number, again.job.map(|job| job.seq)), (2, Some(first.seq)));
    bed.app.run_jobs().await;
    assert_eq!(end(&bed.job(&first).await), (Status::Finished, 1, 0));
    assert_eq!(bed.force(&new).await.job, None);
}

#[tokio::test]
async fn what_clients_write_meanwhile_is_in_the_new_form() {
    let bed = Bed::new().await;
    bed.force(&defined(&[("things", OLD)])).await;
    bed.app.run_jobs().await;
    let changed = bed.create("things", &json!({"f": "1", "g": "x"})).await;
    let left = bed.create("things", &json!({"f": "2", "g": "x"})).await;
    bed.force(&defined(&[("things", NEW)])).await;
    let fresh = bed.create("things", &json!({"f": 3, "g": "x"})).await;
    let updated = bed.update("things", &changed, &json!({"g": "y"})).await.unwrap();
    assert_eq!(
        (&updated["f"], &updated["g"], &updated["version"]),
        (&json!(1), &json!("y"), &json!(1))
    );
    assert!(bed.update("things", &left, &json!({"f": "text"})).await.is_err());
    bed.app.run_jobs().await;
    for (id, number, version) in [(&changed, 1, 1), (&left, 2, 1), (&fresh, 3, 0)] {
        let stored = bed.stored("things", id).await;
        assert_eq!(
            (&stored["f"], &stored["version"]),
            (&json!(number), &json!(version))
        );
    }
    let picture = bed.picture().await;
    assert_eq!(picture.matches("refactoring").count(), 1, "{picture}");
}

#[tokio::test]
async fn a_write_by_an_older_definition_is_computed_again() {
    let mut bed = Bed::new().await;
    bed.force(&defined(&[("things", OLD)])).await;
    bed.app.run_jobs().await;
    let id = bed.create("things", &json!({"f": "1"})).await;
    // Another process changes the app; this one has not looked yet.
    let elsewhere = bed.app.engine.clone();
    bed.app.restart().await;
    bed.force(&defined(&[("things", NEW)])).await;
    assert_eq!((elsewhere.app_number(), bed.app.engine.app_number()), (1, 2));
    let entity = elsewhere.record_entity("things").unwrap();
    let body = crate::support::jsonb(&json!({"f": "x"}));
    let refused = elsewhere.update_record(&bed.developer, &entity, &id, body).await;
    assert!(
        refused.unwrap_err().message().contains("alid"),
        "a text is no integer"
    );
    assert_eq!(elsewhere.app_number(), 2);
    assert!(!elsewhere.reload_app().await.unwrap());
}

#[tokio::test]
async fn a_definition_outlives_the_process_and_a_second_one_takes_over() {
    let mut bed = Bed::new().await;
    bed.force(&defined(&[("things", OLD)])).await;
    bed.app.run_jobs().await;
    let id = bed.create("things", &json!({"f": "1", "g": "2"})).await;
    let first = bed.force(&defined(&[("things", NEW)])).await.job.unwrap();
    bed.app.restart().await;
    assert_eq!(bed.app.engine.app_number(), 2);
    let both = "auditLogs: true\nfields: [{name: f, type: integer}, {name: g, type: integer}]";
    let second = bed.change(&defined(&[("things", both)])).await;
    assert_eq!(end(&second), (Status::Finished, 1, 0));
    let first = bed.job(&first).await;
    assert!(first.results.unwrap().contains("overtaken") || first.counts.processed == 0);
    let stored = bed.stored("things", &id).await;
    assert_eq!(
        (&stored["f"], &stored["g"], &stored["version"]),
        (&json!(1), &json!(2), &json!(1))
    );
}

#[tokio::test]
async fn history_is_kept_as_long_as_the_definition_says_so() {
    let bed = Bed::new().await;
    let silent = OLD.replace("true", "false");
    bed.force(&defined(&[("things", &silent)])).await;
    let id = bed.create("things", &json!({"f": "1"})).await;
    // There is nothing to do for a job.
    assert_eq!(bed.force(&defined(&[("things", OLD)])).await.job, None);
    bed.update("things", &id, &json!({"f": "2"})).await.unwrap();
    bed.force(&defined(&[("things", &silent)])).await;
    bed.update("things", &id, &json!({"f": "3"})).await.unwrap();
    let picture = bed.picture().await;
    assert_eq!(picture.matches("updated").count(), 1, "{picture}");
}
