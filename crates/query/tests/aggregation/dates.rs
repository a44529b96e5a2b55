//! Dates with time zones.

use crate::common::{refused, table};

/// The manual's examples: 2014-01-01T08:15:39.736Z, an ISO week across the year, 2018-06-15 and a null.
const DOC: &str = r#"{"d":{"$date":1388564139736,"$zone":"UTC","$offset":null},
    "iso":{"$date":1451606400000,"$zone":null,"$offset":null},"n":null,
    "id":{"$oid":"5ab9c3da31c2ab715d421285"},"s":"2014-01-01"}"#;

fn date(ms: i64) -> String {
    format!(r#"{{"$date":{ms},"$zone":"UTC","$offset":null}}"#)
}

#[test]
fn parts() {
    table(
        DOC,
        &[
            (r#"{"$year":"$d"}"#, "2014"),
            (r#"{"$month":"$d"}"#, "1"),
            (r#"{"$dayOfMonth":"$d"}"#, "1"),
            (r#"{"$hour":"$d"}"#, "8"),
            (r#"{"$hour":{"date":"$d","timezone":"America/New_York"}}"#, "3"),
            (r#"{"$hour":{"date":"$d","timezone":"+0530"}}"#, "13"),
            (r#"{"$hour":["$d"]}"#, "8"),
            (r#"{"$minute":"$d"}"#, "15"),
            (r#"{"$second":"$d"}"#, "39"),
            (r#"{"$millisecond":"$d"}"#, "736"),
            (r#"{"$dayOfYear":"$d"}"#, "1"),
            (r#"{"$dayOfWeek":"$d"}"#, "4"),
            (r#"{"$week":"$d"}"#, "0"),
            (r#"{"$isoWeek":"$iso"}"#, "53"),
            (r#"{"$isoWeekYear":"$iso"}"#, "2015"),
            (r#"{"$isoDayOfWeek":"$d"}"#, "3"),
            (r#"{"$year":"$id"}"#, "2018"),
            (r#"{"$year":"$n"}"#, "null"),
            (r#"{"$year":{"date":"$d","timezone":"$n"}}"#, "null"),
            (
                r#"{"$dateToParts":{"date":"$d"}}"#,
                r#"{"year":2014,"month":1,"day":1,"hour":8,"minute":15,"second":39,"millisecond":736}"#,
            ),
            (
                r#"{"$dateToParts":{"date":"$iso","iso8601":true,"timezone":"Europe/London"}}"#,
                r#"{"isoWeekYear":2015,"isoWeek":53,"isoDayOfWeek":5,"hour":0,"minute":0,"second":0,"millisecond":0}"#,
            ),
            (
                r#"{"$dateFromParts":{"year":2017,"month":2,"day":8,"hour":12}}"#,
                &date(1_486_555_200_000),
            ),
            (
                r#"{"$dateFromParts":{"isoWeekYear":2017,"isoWeek":6,"isoDayOfWeek":3,"hour":12}}"#,
                &date(1_486_555_200_000),
            ),
            (
                r#"{"$dateFromParts":{"year":2016,"month":12,"day":31,"hour":23,"minute":46,"second":12,"timezone":"America/New_York"}}"#,
                &date(1_483_245_972_000),
            ),
            // Parts beyond their range carry over.
            (
                r#"{"$dateFromParts":{"year":2017,"month":14,"day":1,"hour":12}}"#,
                &date(1_517_486_400_000),
            ),
            (
                r#"{"$dateFromParts":{"year":2017,"month":0,"day":1,"hour":12}}"#,
                &date(1_480_593_600_000),
            ),
            (r#"{"$dateFromParts":{"year":"$n"}}"#, "null"),
        ],
    );
    refused(
        DOC,
        &[
            (r#"{"$year":"$s"}"#, "$year: the date must be a date, not string"),
            (
                r#"{"$hour":{"date":"$d","timezone":"Mars"}}"#,
                "`Mars` is not a time zone",
            ),
            (r#"{"$dateFromParts":{"month":1}}"#, "needs `year`"),
            (
                r#"{"$dateFromParts":{"year":0}}"#,
                "year must be from 1 to 9999, not 0",
            ),
            (
                r#"{"$dateFromParts":{"year":2000,"isoWeek":1}}"#,
                "cannot be mixed",
            ),
        ],
    );
}

#[test]
fn texts() {
    table(
        DOC,
        &[
            (
                r#"{"$dateToString":{"date":"$d"}}"#,
                r#""2014-01-01T08:15:39.736Z""#,
            ),
            (
                r#"{"$dateToString":{"date":"$d","timezone":"America/New_York"}}"#,
                r#""2014-01-01T03:15:39.736""#,
            ),
            (
                r#"{"$dateToString":{"date":"$d","format":"%Y-%m-%d"}}"#,
                r#""2014-01-01""#,
            ),
            (
                r#"{"$dateToString":{"date":"$n","onNull":"never"}}"#,
                r#""never""#,
            ),
            (r#"{"$dateToString":{"date":"$n"}}"#, "null"),
            (
                r#"{"$dateFromString":{"dateString":"2017-02-08T12:10:40.787"}}"#,
                &date(1_486_555_840_787),
            ),
            (
                r#"{"$dateFromString":{"dateString":"2017-02-08T12:10:40.787","timezone":"America/New_York"}}"#,
                &date(1_486_573_840_787),
            ),
            (
                r#"{"$dateFromString":{"dateString":"06-15-2018","format":"%m-%d-%Y"}}"#,
                &date(1_529_020_800_000),
            ),
            (r#"{"$dateFromString":{"dateString":"soon","onError":0}}"#, "0"),
            (r#"{"$dateFromString":{"dateString":"$n","onNull":1}}"#, "1"),
        ],
    );
    refused(
        DOC,
        &[
            (
                r#"{"$dateToString":{"date":"$d","format":"%Q"}}"#,
                "unknown specifier `%Q`",
            ),
            (
                r#"{"$dateFromString":{"dateString":"soon"}}"#,
                "`soon` is not a date",
            ),
            (
                r#"{"$dateFromString":{"dateString":"2017-02-08Z","timezone":"UTC"}}"#,
                "is not a date",
            ),
        ],
    );
}

#[test]
fn arithmetic() {
    table(
        DOC,
        &[
            (
                r#"{"$dateAdd":{"startDate":"$d","unit":"day","amount":3}}"#,
                &date(1_388_823_339_736),
            ),
            (
                r#"{"$dateSubtract":{"startDate":"$d","unit":"hour","amount":1}}"#,
                &date(1_388_560_539_736),
            ),
            (
                r#"{"$dateDiff":{"startDate":"$d","endDate":"$iso","unit":"month"}}"#,
                "24",
            ),
            (
                r#"{"$dateTrunc":{"date":"$d","unit":"week","startOfWeek":"mon","timezone":"+00"}}"#,
                &date(1_388_361_600_000),
            ),
            (
                r#"{"$dateAdd":{"startDate":"$n","unit":"day","amount":3}}"#,
                "null",
            ),
            (r#"{"$dateTrunc":{"date":"$d","unit":"$n"}}"#, "null"),
        ],
    );
    refused(
        DOC,
        &[
            (
                r#"{"$dateAdd":{"startDate":"$d","unit":"fortnight","amount":3}}"#,
                "`fortnight` is not a unit of time",
            ),
            (
                r#"{"$dateAdd":{"startDate":"$d","unit":"day","amount":1.5}}"#,
                "amount must be a whole number",
            ),
            (
                r#"{"$dateTrunc":{"date":"$d","unit":"day","binSize":0}}"#,
                "binSize must be at least 1",
            ),
            (
                r#"{"$dateDiff":{"startDate":"$d","endDate":"$d","unit":"week","startOfWeek":"x"}}"#,
                "day of the week",
            ),
        ],
    );
}
