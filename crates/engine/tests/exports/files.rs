//! The bytes of files in every format.

use engine::exports::{Encoding, ExportOptions, ExportRequest, Format};
use jobs::RunnerOptions;
use model::job::Level;
use testkit::TestApp;

use super::support::{app, app_with, delete, exported, file, in_steps_of, logs, put, request, results, run};

/// Articles with everything that is hard to write.
async fn hard_articles(app: &TestApp) {
    let articles = [
        (
            "1000",
            r#"{"F_1":"1000","F_3":"K-7","F_80000":"Bürolampe \"Größe 2\"","F_80001":"a;b",
            "F_80004":"1.248,28","F_80006":"20/06/2022","C_75000":"INDOOR","C_75001":"=1+1"}"#,
        ),
        (
            "1001",
            r#"{"F_1":1001,"F_80000":"two\r\nlines\u0001 \u20ac","F_80001":null,"F_80004":1.50,"F_9":"unmapped"}"#,
        ),
        (
            "1002",
            r#"{"F_1":"1002","F_3":"<&>","F_80000":"Lamp 💡","F_80004":12e-1,"F_80006":" 1/2/2023 "}"#,
        ),
    ];
    for (id, json) in articles {
        put(&app.engine, id, json).await;
    }
}

fn windows(format: Format) -> ExportRequest {
    ExportRequest {
        encoding: Some(Encoding::Windows1252),
        ..request(format, None)
    }
}

const HEAD: &str =
    "No.;No. 2;Description;Description 2;Unit Price;Last Date Modified;Item Category Code;Product Group Code";

#[tokio::test]
async fn csv() {
    let app = app().await;
    hard_articles(&app).await;
    let lines = [
        HEAD,
        "1000;K-7;\"Bürolampe \"\"Größe 2\"\"\";\"a;b\";1.248,28;20/06/2022;INDOOR;=1+1",
        "1001;;\"two\r\nlines\u{1} €\";;1,50;;;",
        "1002;<&>;Lamp 💡;;1,2; 1/2/2023 ;;",
    ];
    let text = String::from_utf8(exported(&app, request(Format::Csv, None)).await).unwrap();
    assert_eq!(text, lines.map(|line| format!("{line}\r\n")).concat());
}

#[tokio::test]
async fn csv_in_windows_1252_counts_what_it_cannot_say() {
    let app = app().await;
    hard_articles(&app).await;
    let job = run(&app, windows(Format::Csv)).await;
    let (_, bytes) = file(&app, &job).await;
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(has(b"B\xfcrolampe \"\"Gr\xf6\xdfe 2\"\""));
    assert!(has(b"lines\x01 \x80\""));
    assert!(has(b"Lamp ?;"));
    assert_eq!(results(&job)["replaced"], 1);
    let logs = logs(&app, job.seq).await;
    let warning = logs.iter().find(|line| line.level == Level::Warn).unwrap();
    assert_eq!(
        warning.message,
        "1 characters that windows-1252 does not have became ?"
    );
}

#[tokio::test]
async fn xml() {
    let app = app().await;
    hard_articles(&app).await;
    let job = run(&app, request(Format::Xml, None)).await;
    let text = String::from_utf8(file(&app, &job).await.1).unwrap();
    let expected = [
        r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#,
        "<Items>",
        concat!(
            r#"<Item><No>1000</No><No2>K-7</No2><Description>Bürolampe "Größe 2"</Description>"#,
            "<Description2>a;b</Description2><UnitPrice>1.248,28</UnitPrice>",
            "<LastDateModified>20/06/2022</LastDateModified><ItemCategoryCode>INDOOR</ItemCategoryCode>",
            "<ProductGroupCode>=1+1</ProductGroupCode></Item>"
        ),
        concat!(
            "<Item><No>1001</No><No2></No2><Description>two&#13;\nlines €</Description><Description2></Description2>",
            "<UnitPrice>1,50</UnitPrice><LastDateModified></LastDateModified><ItemCategoryCode></ItemCategoryCode>",
            "<ProductGroupCode></ProductGroupCode></Item>"
        ),
        concat!(
            "<Item><No>1002</No><No2>&lt;&amp;&gt;</No2><Description>Lamp 💡</Description><Description2></Description2>",
            "<UnitPrice>1,2</UnitPrice><LastDateModified> 1/2/2023 </LastDateModified>",
            "<ItemCategoryCode></ItemCategoryCode><ProductGroupCode></ProductGroupCode></Item>"
        ),
        "</Items>",
    ];
    assert_eq!(text, expected.map(|line| format!("{line}\n")).concat());
    assert_eq!(results(&job)["removed"], 1);
}

#[tokio::test]
async fn xml_in_windows_1252_loses_nothing() {
    let app = app().await;
    hard_articles(&app).await;
    let job = run(&app, windows(Format::Xml)).await;
    let (_, bytes) = file(&app, &job).await;
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(bytes.starts_with(br#"<?xml version="1.0" encoding="windows-1252" standalone="no"?>"#));
    assert!(has(b"Gr\xf6\xdfe") && has(b"lines \x80<") && has(b"Lamp &#128161;<"));
    assert!(results(&job).get("replaced").is_none());
}

#[tokio::test]
async fn json() {
    let app = app().await;
    hard_articles(&app).await;
    let text = String::from_utf8(exported(&app, request(Format::Json, None)).await).unwrap();
    let expected = [
        "[",
        concat!(
            r#"{"No.":"1000","No. 2":"K-7","Description":"Bürolampe \"Größe 2\"","Description 2":"a;b","#,
            r#""Unit Price":"1.248,28","Last Date Modified":"20/06/2022","Item Category Code":"INDOOR","#,
            r#""Product Group Code":"=1+1"},"#
        ),
        concat!(
            r#"{"No.":"1001","No. 2":null,"Description":"two\r\nlines\u0001 \u20ac","Description 2":null,"#,
            r#""Unit Price":1.50,"Last Date Modified":null,"Item Category Code":null,"Product Group Code":null},"#
        ),
        concat!(
            r#"{"No.":"1002","No. 2":"<&>","Description":"Lamp 💡","Description 2":null,"Unit Price":12e-1,"#,
            r#""Last Date Modified":" 1/2/2023 ","Item Category Code":null,"Product Group Code":null}"#
        ),
        "]",
    ];
    assert_eq!(text, expected.map(|line| format!("{line}\n")).concat());
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text)
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn nothing_to_export_is_a_file_too() {
    let app = app().await;
    let text = async |format| String::from_utf8(exported(&app, request(format, None)).await).unwrap();
    assert_eq!(text(Format::Csv).await, format!("{HEAD}\r\n"));
    assert_eq!(text(Format::Json).await, "[\n]\n");
    let xml = text(Format::Xml).await;
    assert!(xml.ends_with("?>\n<Items>\n</Items>\n"), "{xml}");
}

#[tokio::test]
async fn deletions_are_marked_in_every_format() {
    let app = app().await;
    for id in ["a", "b"] {
        put(&app.engine, id, &format!(r#"{{"F_1":"{id}"}}"#)).await;
    }
    let first = run(&app, request(Format::Csv, None)).await;
    delete(&app.engine, "a").await;
    put(&app.engine, "b", r#"{"F_1":"b","F_3":"new"}"#).await;
    let since = first.seq.to_string();
    let text = async |format| {
        let bytes = exported(&app, request(format, Some(&since))).await;
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(
        text(Format::Csv).await,
        format!("{HEAD};Deleted\r\na;;;;;;;;Yes\r\nb;new;;;;;;;\r\n")
    );
    let xml = text(Format::Xml).await;
    assert!(
        xml.contains("<Items>\n<Item Deleted=\"true\"><No>a</No></Item>\n<Item><No>b</No><No2>new</No2>")
    );
    let json = text(Format::Json).await;
    assert!(
        json.starts_with("[\n{\"No.\":\"a\",\"Deleted\":true},\n{\"No.\":\"b\",\"No. 2\":\"new\","),
        "{json}"
    );
}

#[tokio::test]
async fn a_mapping_gives_columns_and_order() {
    let options: ExportOptions = toml::from_str(
        "[mappings.short]\nC_1 = 'Group'\nF_1 = 'Item No.'\nF_2 = { name = 'Price', type = 'decimal' }",
    )
    .unwrap();
    let app = app_with(options, RunnerOptions::default()).await;
    put(
        &app.engine,
        "1",
        r#"{"F_1":"1","F_2":"2,5","C_1":"g","F_3":"left out"}"#,
    )
    .await;
    let short = |format| ExportRequest {
        mapping: Some("short".to_owned()),
        ..request(format, None)
    };
    assert_eq!(
        exported(&app, short(Format::Csv)).await,
        b"Group;Item No.;Price\r\ng;1;2,5\r\n"
    );
    assert_eq!(
        exported(&app, short(Format::Json)).await,
        b"[\n{\"Group\":\"g\",\"Item No.\":\"1\",\"Price\":\"2,5\"}\n]\n"
    );
}

#[tokio::test]
async fn the_size_of_steps_does_not_show() {
    let mut files = Vec::new();
    for step in [1, 2, 3, 500] {
        let app = app_with(in_steps_of(step), RunnerOptions::default()).await;
        hard_articles(&app).await;
        put(&app.engine, "1000", r#"{"F_1":"1000"}"#).await;
        let mut of_step = Vec::new();
        for format in [Format::Csv, Format::Xml, Format::Json] {
            of_step.push(exported(&app, request(format, None)).await);
            of_step.push(exported(&app, request(format, Some("2016-01-01"))).await);
        }
        files.push(of_step);
    }
    assert!(files.iter().all(|of_step| *of_step == files[0]));
}
