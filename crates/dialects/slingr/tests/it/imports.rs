//! Imports of CSV files: what becomes of rows, and what is told of them.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::{Crm, Who, crm, form};

/// Sends a file of rows; the id of its job.
pub(crate) async fn import(crm: &Crm, who: Who, entity: &str, options: &str, csv: &str) -> String {
    let answer = crm
        .app
        .request(
            "POST".parse().unwrap(),
            &format!("/prod/runtime/api/data/{entity}/import{options}"),
        )
        .header("token", crm.token(who))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form("file", "rows.csv", csv))
        .send()
        .await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let reference = answer.json();
    let job = reference["jobId"].as_str().unwrap().to_owned();
    assert_eq!(
        reference,
        json!({ "jobLink": format!("/api/status/jobs/{job}"), "jobId": job })
    );
    job
}

/// Imports rows to the end; the job as it is then.
pub(crate) async fn imported(crm: &Crm, entity: &str, options: &str, csv: &str) -> Value {
    let job = import(crm, Who::Developer, entity, options, csv).await;
    crm.app.run_jobs().await;
    crm.get(&format!("/status/jobs/{job}")).await
}

async fn log(crm: &Crm, job: &Value) -> Vec<String> {
    let lines = crm
        .get(&format!("/status/jobs/{}/logs", job["id"].as_str().unwrap()))
        .await;
    let lines = lines["items"].as_array().unwrap().iter();
    lines
        .map(|line| {
            format!(
                "{} {}",
                line["level"].as_str().unwrap(),
                line["message"].as_str().unwrap()
            )
        })
        .collect()
}

#[tokio::test]
async fn rows_become_records_and_again_change_nothing() {
    let crm = crm().await;
    let csv = "name,type,numberOfEmployees,contactInformation.email,addresses[0].city,addresses[1].city,taxId\n\
               A,a,3,x@example.com,Bonn,\"New\nYork\",123-abc\nB,B,,,,,\n";
    for round in 0..2 {
        let done = imported(&crm, "companies", "", csv).await;
        assert_eq!(
            done["results"],
            json!({ "rowsImported": 2, "rowsWithErrors": 0 }),
            "{:?}",
            log(&crm, &done).await
        );
        assert_eq!(
            (&done["type"], &done["status"]),
            (&json!("IMPORT_RECORDS"), &json!("FINISHED"))
        );
        assert_eq!(
            done["data"],
            json!({ "entityName": "companies", "fileName": "rows.csv" })
        );
        assert_eq!(
            (&done["recordsCount"], &done["recordsProcessed"]),
            (&json!(2), &json!(2))
        );
        let all = crm.get("/data/companies?_sortField=name&_sortType=asc").await;
        assert_eq!(all["total"], 2, "{round}");
        let first = &all["items"][0];
        assert_eq!(
            (&first["version"], &first["numberOfEmployees"]),
            (&json!(0), &json!(3))
        );
        assert_eq!(first["addresses"][1]["city"], "New\nYork");
        assert_eq!(first["taxId"], "123-abc");
        assert_eq!(first["contactInformation"]["email"], "x@example.com");
        assert_eq!(all["items"][1]["type"], "b");
    }
}

async fn names(crm: &Crm, entity: &str, field: &str) -> Vec<Value> {
    let all = crm
        .get(&format!("/data/{entity}?_sortField=id&_sortType=asc"))
        .await;
    let items = all["items"].as_array().unwrap().iter();
    items.map(|item| item[field].clone()).collect()
}

#[tokio::test]
async fn faults_of_a_file_are_told_with_line_and_column_and_nothing_is_imported() {
    let crm = crm().await;
    let wide = format!("{}\n", "x,".repeat(10_000));
    let long = format!("name,type\nA,{}\n", "x".repeat(2 << 20));
    for (csv, expected) in [
        (
            "",
            "line 1, column 1: the file is empty, its first line has to name the columns",
        ),
        (
            "name,colour,type\nA,,a\n",
            "line 1, column 2: there is no field \"colour\" in companies",
        ),
        (
            "name,type,name\nA,a,B\n",
            "line 1, column 3: the field is that of column 1 already",
        ),
        (
            "name,Name\nA,a\n",
            "line 1, column 2: the field is that of column 1 already",
        ),
        (
            "addresses.city\nA\n",
            "line 1, column 1: addresses is a list, say which value, as in addresses[0]",
        ),
        (
            "name,type\nA,a\nB,\"a\nC,a\n",
            "line 3, column 2: the quote that begins here is never closed",
        ),
        (
            "name,type\nA,a\nB,\"a\"x\n",
            "line 3, column 2: there is text behind a closing quote",
        ),
        (
            "name,type\nA,a\rB,a\n",
            "line 2, column 2: there is a carriage return without a line feed",
        ),
        (&wide, "line 1, column 1001: more than 1000 columns in one row"),
        (&long, "line 2, column 2: the cell has more than 1048576 bytes"),
        (
            "name,\0\nA,a\n",
            "line 1, column 2: the name has the character U+0000 in it",
        ),
    ] {
        let done = imported(&crm, "companies", "", csv).await;
        let lines = log(&crm, &done).await;
        assert_eq!(done["hasErrors"], true);
        let line = lines.iter().find(|line| line.starts_with("ERROR")).unwrap();
        assert_eq!(*line, format!("ERROR {expected}"), "{lines:?}");
        assert_eq!(crm.get("/data/companies").await["total"], 0);
    }
}

#[tokio::test]
async fn a_packed_cell_of_100_megabytes_is_refused_before_it_is_held() {
    let crm = crm().await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"name,type\nA,a\nB,").unwrap();
    for _ in 0..100 {
        packed.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    packed.write_all(b"\n").unwrap();
    let file = packed.finish().unwrap();
    let head: &[u8] =
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.csv.gz\"\r\n\r\n";
    let answer = crm
        .app
        .request("POST".parse().unwrap(), "/prod/runtime/api/data/companies/import")
        .header("token", crm.token(Who::Manager))
        .header("content-type", "multipart/form-data; boundary=b")
        .body([head, &file, b"\r\n--b--\r\n"].concat())
        .send()
        .await;
    crm.app.run_jobs().await;
    let job = answer.json()["jobId"].as_str().unwrap().to_owned();
    let done = crm.get(&format!("/status/jobs/{job}")).await;
    let expected = "ERROR line 3, column 2: the cell has more than 1048576 bytes".to_owned();
    assert!(log(&crm, &done).await.contains(&expected));
    assert_eq!(crm.get("/data/companies").await["total"], 0);
}

#[tokio::test]
async fn a_row_with_a_nul_fails_alone_and_mixed_line_ends_are_said() {
    let crm = crm().await;
    let csv = "name,type\r\nA,a\nB\0,b\nC,c\r\n";
    let done = imported(&crm, "companies", "", csv).await;
    let told = log(&crm, &done).await;
    assert_eq!(
        done["results"],
        json!({ "rowsImported": 2, "rowsWithErrors": 1 }),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|line| line.starts_with("ERROR line 3, name: Must not contain the character U+0000")),
        "{told:?}"
    );
    let mixed = "WARN lines end in LF and in CRLF; line 2 is the first that ends otherwise".to_owned();
    assert!(told.contains(&mixed), "{told:?}");
    assert_eq!(names(&crm, "companies", "name").await, ["A", "C"]);
}

#[tokio::test]
async fn rows_that_fail_are_told_fetched_corrected_and_retried() {
    let crm = crm().await;
    let csv = "name,type,numberOfEmployees,homepage\nA,a,-1,\nB,b,2,\nC,z,x,\nB,c,3,\nD,a\nE,a,\"1\n\",\n";
    let done = imported(&crm, "companies", "", csv).await;
    let told = log(&crm, &done).await;
    assert_eq!(
        done["results"],
        json!({ "rowsImported": 3, "rowsWithErrors": 3 }),
        "{told:?}"
    );
    assert!(
        told.contains(&"ERROR line 2, numberOfEmployees: Must be at least 0 (\"-1\")".to_owned())
            || told
                .iter()
                .any(|line| line.starts_with("ERROR line 2, numberOfEmployees: ")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|line| line
                .starts_with("ERROR line 4, type: Not a valid choice (\"z\"); numberOfEmployees: ")),
        "{told:?}"
    );
    assert!(
        told.contains(&"ERROR line 6, the row has 2 cells, the header has 4".to_owned()),
        "{told:?}"
    );
    assert_eq!(
        names(&crm, "companies", "numberOfEmployees").await,
        [json!(3), json!(1)]
    );

    let id = done["id"].as_str().unwrap();
    let answer = crm
        .call(
            Who::Developer,
            "GET",
            &format!("/status/jobs/{id}/errors"),
            Value::Null,
        )
        .await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let table = answer.text();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(
        lines[0],
        "name,type,numberOfEmployees,homepage,_line,_field,_code,_message"
    );
    assert!(
        lines[1].starts_with("A,a,-1,,2,numberOfEmployees,invalid,"),
        "{table}"
    );
    assert!(
        lines[2].starts_with("C,z,x,,4,type; numberOfEmployees,invalid; invalid,"),
        "{table}"
    );
    assert_eq!(lines.len(), 4);

    let corrected = table
        .replace("-1", "1")
        .replace("C,z,x", "C,c,5")
        .replace("D,a,,", "D,a,4,");
    let again = imported(&crm, "companies", "", &corrected).await;
    assert_eq!(
        again["results"],
        json!({ "rowsImported": 3, "rowsWithErrors": 0 }),
        "{:?}",
        log(&crm, &again).await
    );

    let retried = crm
        .expect(
            Who::Developer,
            200,
            "PUT",
            &format!("/status/jobs/{id}/retry"),
            json!({}),
        )
        .await;
    crm.app.run_jobs().await;
    let retried = crm
        .get(&format!("/status/jobs/{}", retried["jobId"].as_str().unwrap()))
        .await;
    assert_eq!(
        (&retried["recordsCount"], &retried["results"]),
        (&json!(3), &json!({ "rowsImported": 0, "rowsWithErrors": 3 }))
    );
    let refused = crm
        .expect(
            Who::Developer,
            400,
            "PUT",
            &format!("/status/jobs/{}/retry", again["id"].as_str().unwrap()),
            json!({}),
        )
        .await;
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .ends_with("has no failed rows"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let crm = crm().await;
    // The third row refers to what the first one would make, and the fourth has its name.
    let csv = "name,type,parent,state\nA,a,,active\nB,q,,\nC,a,A,\nA,b,,\nD,a,B,\n";
    let dry = imported(&crm, "companies", "?dryRun=true", csv).await;
    let of = |lines: Vec<String>| -> Vec<String> {
        lines
            .into_iter()
            .filter(|line| line.starts_with("ERROR"))
            .collect()
    };
    let told = of(log(&crm, &dry).await);
    assert_eq!(
        dry["results"],
        json!({ "rowsImported": 3, "rowsWithErrors": 2, "dryRun": true }),
        "{told:?}"
    );
    assert_eq!(crm.get("/data/companies").await["total"], 0);
    let done = imported(&crm, "companies", "", csv).await;
    assert_eq!(of(log(&crm, &done).await), told);
    assert_eq!(done["results"], json!({ "rowsImported": 3, "rowsWithErrors": 2 }));
    assert_eq!(names(&crm, "companies", "name").await, ["A", "C"]);
    // The fourth changed the first once more, and what the third has of it followed.
    assert_eq!(names(&crm, "companies", "version").await, [1, 1]);
}

#[tokio::test]
async fn related_records_are_made_changed_and_linked() {
    let crm = crm().await;
    let csv = "firstName,lastName,company.name,company.type,company.taxId\n\
               Ann,A,ACME,a,111-aaa\nBob,B,ACME,b,111-aaa\nCid,C,,,\nDan,D,Other,x,\n";
    let done = imported(&crm, "contacts", "", csv).await;
    let told = log(&crm, &done).await;
    assert_eq!(
        done["results"],
        json!({ "rowsImported": 3, "rowsWithErrors": 1 }),
        "{told:?}"
    );
    assert!(
        told.contains(&"ERROR line 5, company.type: Not a valid choice (\"x\")".to_owned()),
        "{told:?}"
    );
    let companies = crm.get("/data/companies").await;
    assert_eq!(
        (
            &companies["total"],
            &companies["items"][0]["type"],
            &companies["items"][0]["version"]
        ),
        (&json!(1), &json!("b"), &json!(1))
    );
    let contacts = crm.get("/data/contacts?_sortField=id&_sortType=asc").await;
    assert_eq!(contacts["items"][1]["company"]["label"], "ACME");
    assert!(contacts["items"][2].get("company").is_none());
    // A lookup field by itself only links.
    let csv = "firstName,lastName,company.taxId\nEve,E,111aaa\nFay,F,222bbb\n";
    let done = imported(&crm, "contacts", "", csv).await;
    let told = log(&crm, &done).await;
    assert_eq!(
        done["results"],
        json!({ "rowsImported": 1, "rowsWithErrors": 1 }),
        "{told:?}"
    );
    assert_eq!(crm.get("/data/companies").await["total"], 1);
}

#[tokio::test]
async fn windows_1252_is_found_out_and_said() {
    let crm = crm().await;
    let body = form("file", "rows.csv", "name,type\nM#ller,a\n");
    let body: Vec<u8> = body
        .bytes()
        .map(|byte| if byte == b'#' { 0xfc } else { byte })
        .collect();
    let answer = crm
        .app
        .request("POST".parse().unwrap(), "/prod/runtime/api/data/companies/import")
        .header("token", crm.token(Who::Manager))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(body)
        .send()
        .await;
    crm.app.run_jobs().await;
    let done = crm
        .get(&format!(
            "/status/jobs/{}",
            answer.json()["jobId"].as_str().unwrap()
        ))
        .await;
    assert!(
        log(&crm, &done)
            .await
            .contains(&"INFO line 2 is no UTF-8, so the file is read as Windows-1252".to_owned())
    );
    assert_eq!(names(&crm, "companies", "name").await, ["Müller"]);
}

#[tokio::test]
async fn flags_are_for_developers_and_may_be_parts_of_the_form() {
    let crm = crm().await;
    let csv = "name,type,numberOfEmployees\nA,a,-5\n";
    let flag = "--b\r\nContent-Disposition: form-data; name=\"performValidations\"\r\n\r\nfalse\r\n";
    let send = async |who: Who, csv: &str| {
        let body = format!("{flag}{}", form("file", "rows.csv", csv));
        let answer = crm
            .app
            .request("POST".parse().unwrap(), "/prod/runtime/api/data/companies/import")
            .header("token", crm.token(who))
            .header("content-type", "multipart/form-data; boundary=b")
            .body(body)
            .send()
            .await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        crm.app.run_jobs().await;
        crm.get(&format!(
            "/status/jobs/{}",
            answer.json()["jobId"].as_str().unwrap()
        ))
        .await["results"]
            .clone()
    };
    assert_eq!(send(Who::Seller, csv).await["rowsWithErrors"], 1);
    assert_eq!(send(Who::Developer, csv).await["rowsImported"], 1);
    let kept = imported(
        &crm,
        "companies",
        "?skipRecordsWithInvalidFields=false",
        "name,type,numberOfEmployees\nB,a,many\n",
    )
    .await;
    assert_eq!(kept["results"], json!({ "rowsImported": 1, "rowsWithErrors": 1 }));
    assert_eq!(names(&crm, "companies", "name").await, ["A", "B"]);
}

/// Exports to the end; the job as it is then, and the file.
async fn exported(crm: &Crm, entity: &str, query: &str) -> (Value, String) {
    let reference = crm
        .expect(
            Who::Developer,
            200,
            "PUT",
            &format!("/data/{entity}/export{query}"),
            Value::Null,
        )
        .await;
    crm.app.run_jobs().await;
    let done = crm
        .get(&format!("/status/jobs/{}", reference["jobId"].as_str().unwrap()))
        .await;
    let id = done["results"]["fileId"]
        .as_str()
        .unwrap_or_else(|| panic!("{done}"));
    let link = done["results"]["fileLink"].as_str().unwrap();
    assert_eq!(link, format!("http://localhost/prod/runtime/api/files/{id}"));
    let file = crm
        .call(Who::Developer, "GET", &format!("/files/{id}"), Value::Null)
        .await;
    (done, file.text().to_owned())
}

#[tokio::test]
async fn what_is_exported_is_imported_as_it_was() {
    let crm = crm().await;
    let csv = "name,type,rating,contactInformation.phoneNumber,addresses[0].city,addresses[1].city,addresses[1].zipCode,lastMeeting,parent,isCustomer,notes,state\n\
               A,a,2.50,17028459380,Bonn,\"New, \"\"York\"\"\",12345,2020-01-02T03:04:05.006Z,,yes,=1+1,active\n\
               B,b,,,Köln,,,,A,no,\"two\nlines\",\n";
    imported(&crm, "companies", "", csv).await;
    let before = crm.get("/data/companies?_sortField=name&_sortType=asc").await;
    assert_eq!(before["total"], 2);
    let (done, file) = exported(&crm, "companies", "?_useFieldNames=true&_sortType=asc").await;
    assert_eq!(
        (
            &done["type"],
            &done["results"]["recordsExported"],
            &done["recordsProcessed"]
        ),
        (&json!("EXPORT_RECORDS"), &json!(2), &json!(2))
    );
    let (_, labels) = exported(
        &crm,
        "companies",
        "?_fields=name,addresses.city,parent.type,contactInformation",
    )
    .await;
    assert_eq!(
        labels,
        "\"Name\",\"Addresses[0] - City\",\"Addresses[1] - City\",\"Parent - Type\",\"Contact Information - Phone number\",\"Contact Information - Email\"\n\
         \"B\",\"Köln\",\"\",\"a\",\"\",\"\"\n\"A\",\"Bonn\",\"New, \"\"York\"\"\",\"\",\"1-702-845-9380\",\"\"\n"
    );
    for text in [&file, &exported(&crm, "companies", "").await.1] {
        let again = imported(&crm, "companies", "", text).await;
        assert_eq!(
            again["results"],
            json!({ "rowsImported": 2, "rowsWithErrors": 0 }),
            "{text}{:?}",
            log(&crm, &again).await
        );
        assert_eq!(
            crm.get("/data/companies?_sortField=name&_sortType=asc").await,
            before
        );
    }
    let (_, harmless) = exported(
        &crm,
        "companies",
        "?_fields=notes&_neutralizeFormulas=true&_size=1&_sortField=name&_sortType=asc",
    )
    .await;
    assert_eq!(harmless, "\"Notes\"\n\"'=1+1\"\n");
    let (_, lines) = exported(
        &crm,
        "companies",
        "?_fileFormat=ndjson&_sortField=name&_sortType=asc",
    )
    .await;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(Value::Array(lines), before["items"]);
    for (bad, status) in [
        ("?_fields=nothing", 400),
        ("?_fileFormat=xls", 400),
        ("?nothing=1", 400),
        ("?_size=0", 400),
    ] {
        crm.expect(
            Who::Developer,
            status,
            "PUT",
            &format!("/data/companies/export{bad}"),
            Value::Null,
        )
        .await;
    }
}

#[tokio::test]
async fn an_export_has_what_its_caller_may_see() {
    let crm = crm().await;
    imported(&crm, "companies", "", "name,type,notes\nA,a,secret\n").await;
    let reference = crm
        .expect(
            Who::Seller,
            200,
            "PUT",
            "/data/companies/export?_fields=name,notes",
            Value::Null,
        )
        .await;
    crm.app.run_jobs().await;
    let done = crm
        .expect(
            Who::Seller,
            200,
            "GET",
            &format!("/status/jobs/{}", reference["jobId"].as_str().unwrap()),
            Value::Null,
        )
        .await;
    let path = format!("/files/{}", done["results"]["fileId"].as_str().unwrap());
    assert_eq!(
        crm.call(Who::Seller, "GET", &path, Value::Null).await.text(),
        "\"Name\"\n\"A\"\n"
    );
    crm.expect(Who::Manager, 403, "GET", &path, Value::Null).await;
}
