//! What is allowed and, above all, every way we know to smuggle a host past a list.

use super::*;

fn list(rules: &[&str]) -> AllowList {
    AllowList::new(rules.iter().map(|rule| rule.parse().unwrap()).collect())
}

/// Spellings of hosts that neither `example.com` nor `127.0.0.1` allows.
const REFUSED: &[&str] = &[
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://localhost.localdomain/",
    "http://ip6-localhost/",
    "http://127.0.0.2/",
    "http://127.1.1.1/",
    "http://2130706434/",
    "http://0x7f000002/",
    "http://0177.0.0.02/",
    "http://127.2/",
    "http://0/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[ff02::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://metadata.google.internal/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://8.8.8.8/",
    "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",
    "http://169。254。169。254/",
    "http:\\\\10.0.0.1\\",
    "http:10.0.0.1",
    "http:///10.0.0.1/",
    "\thttp://10.0.0.1/\n",
    "ht\ntp://10.\t0.0.1/",
    "http://example.com@10.0.0.1/",
    "http://example.com:80@10.0.0.1/",
    "http://127.0.0.1@10.0.0.1/",
    "http://10.0.0.1#@example.com/",
    "http://10.0.0.1?@example.com/",
    "http://10.0.0.1\\@example.com/",
    "http://example.com%2f@10.0.0.1/",
    "http://user@example.com/",
    "http://:secret@example.com/",
    "http://user:secret@127.0.0.1/",
    "http://example.com.evil.net/",
    "http://notexample.com/",
    "http://sub.example.com/",
    "http://example.com..//",
    "http://127.0.0.1.nip.io/",
    "http://example.com:22/",
    "http://example.com:8080/",
    "http://127.0.0.1:6379/",
    "https://127.0.0.1:2375/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://еxample.com/",
    "http://exam\u{ad}ple.net/",
    "http://127.0.0.256/",
    "http://1.2.3.4.5/",
    "http://0x7f.0.0.0x2/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1/",
    "unix:///run/docker.sock",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "blob:http://example.com/x",
    "ws://example.com/",
    "jar:http://example.com!/",
    "//example.com/",
    "/path",
    "example.com",
    "127.0.0.1",
    "http://",
    "http:// /",
    "http://%00/",
    "http://exa mple.com/",
    "http://[/",
    "http://[::1/",
    "",
];

#[test]
fn every_known_spelling_of_a_foreign_host_is_refused() {
    assert!(REFUSED.len() >= 40);
    for rules in [&["example.com"], &["127.0.0.1"]] {
        let list = list(rules);
        for url in REFUSED {
            let refused = list
                .parse(url)
                .expect_err(&format!("{url:?} must be refused by {rules:?}"));
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
    }
    let nothing = list(&[]);
    for url in ["http://example.com/", "http://127.0.0.1/", "http://8.8.8.8/"] {
        assert!(nothing.parse(url).is_err(), "{url:?} must be refused by no rule");
    }
}

#[test]
fn spellings_of_a_listed_host_are_brought_into_one_form() {
    let list = list(&["example.com", "127.0.0.1", "[::1]"]);
    for (url, normal) in [
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://017700000001/", "http://127.0.0.1/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://127.0.0.1./", "http://127.0.0.1/"),
        ("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"),
        ("http://%31%32%37.0.0.1/", "http://127.0.0.1/"),
        ("http://[0000::0001]/", "http://[::1]/"),
        ("HTTPS://EXAMPLE.com:443/A?b#c", "https://example.com/A?b#c"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("http://example.com./", "http://example.com./"),
        ("http://exam\u{ad}ple.com/", "http://example.com/"),
        ("http://ｅｘａｍｐｌｅ.com/", "http://example.com/"),
    ] {
        assert_eq!(list.parse(url).unwrap().as_str(), normal, "{url}");
    }
}

#[test]
fn redirects_lead_to_allowed_places_and_never_out_of_https() {
    let list = list(&["example.com", "www.example.com"]);
    for (from, location, to) in [
        ("http://example.com/a/b", "c", Some("http://example.com/a/c")),
        (
            "http://example.com/a",
            "https://www.example.com/",
            Some("https://www.example.com/"),
        ),
        (
            "https://example.com/",
            "//www.example.com/",
            Some("https://www.example.com/"),
        ),
        ("https://example.com/", "/x?y", Some("https://example.com/x?y")),
        ("https://example.com/", "http://www.example.com/", None),
        ("https://example.com/", "https://evil.net/", None),
        ("https://example.com/", "https://www.example.com:8443/", None),
    ] {
        let target = list.redirect(&Url::parse(from).unwrap(), location);
        assert_eq!(
            target.as_ref().ok().map(Url::as_str),
            to,
            "{from} {location}: {target:?}"
        );
    }
    let refused = list
        .redirect(
            &Url::parse("https://example.com/").unwrap(),
            "http://example.com/?a",
        )
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the redirect to http://example.com/?… leads from https to http"
    );
}

#[test]
fn ports_are_those_of_the_web_unless_the_rule_says_more() {
    let list = list(&[
        "a.test",
        "b.test:8080",
        "c.test:*",
        "10.0.0.0/8:9000",
        "*.d.test:8080",
    ]);
    for (url, ok) in [
        ("http://a.test/", true),
        ("https://a.test/", true),
        ("http://a.test:8080/", false),
        ("http://b.test:8080/", true),
        ("http://b.test/", false),
        ("http://c.test:1/", true),
        ("http://10.1.2.3:9000/", true),
        ("http://10.1.2.3/", false),
        ("http://11.1.2.3:9000/", false),
        ("http://x.d.test:8080/", true),
        ("http://d.test:8080/", false),
    ] {
        assert_eq!(list.parse(url).is_ok(), ok, "{url}");
    }
}

#[test]
fn answers_must_be_public_or_listed_on_the_same_ports() {
    let list = list(&[
        "web.test",
        "erp.test:9000",
        "any.test:*",
        "localhost",
        "10.0.0.1",
        "10.0.0.2:9000",
        "10.0.0.3:*",
        "[::ffff:10.0.0.4]",
    ]);
    for (name, address, ok) in [
        ("web.test", "93.184.215.14", true),
        ("web.test", "10.0.0.1", true),
        ("web.test.", "10.0.0.1", true),
        ("web.test", "10.0.0.2", false),
        ("web.test", "10.0.0.3", true),
        ("web.test", "::ffff:10.0.0.1", false),
        ("web.test", "::ffff:10.0.0.4", true),
        ("web.test", "127.0.0.1", false),
        ("web.test", "169.254.169.254", false),
        ("erp.test", "10.0.0.1", false),
        ("erp.test", "10.0.0.2", true),
        ("erp.test", "10.0.0.3", true),
        ("any.test", "10.0.0.1", false),
        ("any.test", "10.0.0.3", true),
        ("localhost", "127.0.0.1", true),
        ("localhost", "::1", true),
        ("localhost", "10.0.0.9", false),
        ("unlisted.test", "10.0.0.3", false),
    ] {
        assert_eq!(
            list.check_answer(name, address.parse().unwrap()).is_ok(),
            ok,
            "{name} {address}"
        );
    }
}

#[test]
fn refusals_are_sentences() {
    let list = list(&["example.com", "10.0.0.0/8"]);
    for (url, sentence) in [
        (
            "http://evil.net/?key=1",
            "the host evil.net is not in the list of allowed hosts (URL http://evil.net/?…)",
        ),
        (
            "http://example.com:22/",
            "port 22 of the host example.com is not in the list of allowed hosts (URL http://example.com:22/)",
        ),
        (
            "http://2852039166/",
            "the link-local address 169.254.169.254 is not in the list of allowed hosts (URL http://169.254.169.254/)",
        ),
        (
            "http://10.0.0.1:22/",
            "port 22 of the host 10.0.0.1 is not in the list of allowed hosts (URL http://10.0.0.1:22/)",
        ),
        (
            "ftp://example.com/",
            "the URL ftp://example.com/ has the scheme \"ftp\", allowed are \"http\" and \"https\"",
        ),
        (
            "http://u:p@example.com/",
            "the URL http://…@example.com/ contains a user name or a password",
        ),
        (
            "example.com/a?b",
            "\"example.com/a?…\" is not a URL: relative URL without a base",
        ),
    ] {
        assert_eq!(list.parse(url).unwrap_err().to_string(), sentence);
    }
    let long = format!("http://example.com/{}", "x".repeat(9000));
    assert_eq!(
        list.parse(&long).unwrap_err().to_string(),
        "the URL has 9019 bytes, more than the limit of 8192"
    );
}
