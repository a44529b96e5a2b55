//! Records as people read them, and records in the place of references.

use serde_json::{Value, json};

use crate::support::{Who, crm, error, id};

#[tokio::test]
async fn texts_for_people_have_the_times_of_who_reads_them() {
    let crm = crm().await;
    let company = json!({ "name": "Test 1", "type": "a", "lastMeeting": 1_429_623_180_000_u64 });
    let company = crm
        .expect(Who::Manager, 200, "POST", "/data/companies", company)
        .await;
    let path = format!("/data/companies/{}", id(&company));
    let zone = json!({ "localization": { "timezone": "Europe/Berlin", "timezoneMode": "MANUAL" } });
    let manager = Who::Manager.email();
    let user = crm
        .expect(Who::Admin, 200, "PUT", &format!("/users/{manager}"), zone)
        .await;
    let by_id = format!("&_formatForUser={}", id(&user));
    for (who, query, expected) in [
        (Who::Developer, "", "2015-04-21 13:33"),
        (Who::Manager, "", "2015-04-21 15:33"),
        (
            Who::Developer,
            "&_formatForUser=Manager@example.com",
            "2015-04-21 15:33",
        ),
        (Who::Developer, &by_id, "2015-04-21 15:33"),
        (
            Who::Manager,
            "&_formatForUser=developer@example.com",
            "2015-04-21 13:33",
        ),
    ] {
        let query = format!("?_format=plainText{query}");
        let one = crm
            .expect(who, 200, "GET", &format!("{path}{query}"), Value::Null)
            .await;
        assert_eq!(one["lastMeeting"], expected, "{who:?} {query}");
        let page = crm
            .expect(who, 200, "GET", &format!("/data/companies{query}"), Value::Null)
            .await;
        assert_eq!(page["items"][0], one, "{who:?} {query}");
    }
    for path in [&*path, "/data/companies"] {
        let path = format!("{path}?_format=plainText&_formatForUser=none@example.com");
        let refusal = crm.expect(Who::Developer, 400, "GET", &path, Value::Null).await;
        assert_eq!(
            error(&refusal),
            (
                "badRequest",
                "_formatForUser must be the id or the mail address of a user, got \"none@example.com\""
            )
        );
    }
    let native = crm
        .get(&format!("{path}?_formatForUser=manager@example.com"))
        .await;
    assert_eq!(native, company);
}
