//! Packed bodies that are damaged, too large unpacked, or packed in a way that is not taken.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

use super::answer::Form;
use super::row::{CREATE_USER, Call, DELTA, JOBS, Row, UPDATE};

const BODY: &str = r#"{"F_1":"100","F_3":"changed"}"#;

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// `packed` with one byte changed.
fn with(mut packed: Vec<u8>, at: usize, byte: u8) -> Vec<u8> {
    packed[at] = byte;
    packed
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = damaged();
    rows.extend(too_large());
    rows.extend(not_taken());
    rows
}

fn damaged() -> Vec<Row> {
    let packed = gzip(BODY.as_bytes());
    let end = packed.len();
    let mut rows = Vec::new();
    for (name, content) in [
        ("plain text that says gzip", BODY.as_bytes().to_vec()),
        ("gzip without its last byte", packed[..end - 1].to_vec()),
        ("half of gzip", packed[..end / 2].to_vec()),
        ("a gzip head", packed[..10].to_vec()),
        ("a gzip magic", packed[..2].to_vec()),
        ("nothing at all that says gzip", Vec::new()),
        (
            "a wrong checksum",
            with(packed.clone(), end - 8, packed[end - 8] ^ 1),
        ),
        (
            "a wrong length",
            with(packed.clone(), end - 4, packed[end - 4] ^ 1),
        ),
        ("a damaged middle", with(packed.clone(), 12, packed[12] ^ 0xff)),
        ("an unknown method", with(packed.clone(), 2, 9)),
        (
            "a head that never ends",
            [&packed[..3], &[0x08], &packed[4..10], &[b'x'; 100_000]].concat(),
        ),
        ("deflate that says gzip", deflate(BODY.as_bytes())),
        ("gzip with rubbish behind it", [&packed[..], b"rubbish"].concat()),
    ] {
        for (path, form) in [(UPDATE, Form::Article), (CREATE_USER, Form::Admin)] {
            let call = Call::admin("POST", path)
                .header("content-encoding: gzip")
                .json(content.clone());
            rows.push(
                call.refused(format!("{name} to {path}"), 400, form)
                    .says("the body is not valid gzip"),
            );
        }
    }
    let json = Call::user("POST", DELTA)
        .header("content-encoding: gzip")
        .json(packed[..end / 2].to_vec());
    rows.push(
        json.refused("half of gzip as a delta", 400, Form::Article)
            .says("not valid gzip"),
    );
    let twice = Call::user("POST", UPDATE)
        .header("content-encoding: gzip")
        .json(gzip(&packed));
    rows.push(
        twice
            .refused("gzip in gzip", 400, Form::Article)
            .says("not valid JSON"),
    );
    rows
}

fn too_large() -> Vec<Row> {
    let zeros = gzip(&vec![0; 100 << 20]);
    let string = gzip(format!(r#"{{"F_1":"100","F_3":"{}"}}"#, "x".repeat(10 << 20)).as_bytes());
    let row = |name: &str, path: &str, form, content: &[u8]| {
        let call = Call::admin("POST", path)
            .header("content-encoding: gzip")
            .json(content);
        call.refused(format!("{name} to {path}"), 413, form)
            .says("1048576 unpacked bytes")
    };
    vec![
        row("100 MB of zeros", UPDATE, Form::Article, &zeros),
        row("100 MB of zeros", CREATE_USER, Form::Admin, &zeros),
        row("a string of 10 MB", UPDATE, Form::Article, &string),
        row(
            "a thousand bombs",
            UPDATE,
            Form::Article,
            &gzip(&vec![0; 1 << 20]).repeat(500),
        ),
    ]
}

fn not_taken() -> Vec<Row> {
    let mut rows = Vec::new();
    for encoding in [
        "br",
        "deflate",
        "zstd",
        "compress",
        "gzip, gzip",
        "gzip,br",
        "GZIP;q=1",
        "x",
        "\u{fc}",
    ] {
        for (path, form) in [
            (UPDATE, Form::Article),
            (CREATE_USER, Form::Admin),
            (DELTA, Form::Article),
            (JOBS, Form::Fusion),
        ] {
            let call = Call::admin("POST", path)
                .header(&format!("content-encoding: {encoding}"))
                .json("{}");
            rows.push(
                call.refused(format!("{encoding} to {path}"), 415, form)
                    .says("encoding"),
            );
        }
    }
    let twice = Call::user("POST", UPDATE)
        .header("content-encoding: gzip")
        .header("content-encoding: gzip");
    rows.push(
        twice
            .json(gzip(&gzip(b"{}")))
            .refused("gzip twice", 415, Form::Article)
            .says("gzip"),
    );
    for kind in [
        "text/csv",
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json/x",
        "json",
        "*/*",
        "\u{fc}",
    ] {
        for (path, form) in [(UPDATE, Form::Article), (CREATE_USER, Form::Admin)] {
            let call = Call::admin("POST", path)
                .header(&format!("content-type: {kind}"))
                .body("{}");
            rows.push(
                call.refused(format!("{kind} to {path}"), 415, form)
                    .says("the content type"),
            );
        }
    }
    for kind in [
        "text/csv",
        "application/xml",
        "application/zip",
        "application/x-tar",
    ] {
        let call = Call::user("POST", DELTA)
            .header(&format!("content-type: {kind}"))
            .body("[]");
        rows.push(
            call.refused(format!("{kind} as a delta"), 415, Form::Article)
                .says(kind),
        );
    }
    rows
}
