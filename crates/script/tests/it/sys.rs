//! What `sys` has, and how it refuses the rest.

use script::{Kind, Level};

use crate::support::{NOW, call_in, error, json, thrown, value};

#[test]
fn logs_come_with_the_outcome_also_of_a_failed_call() {
    let outcome = call_in(
        "function f() { sys.logs.info('one', {a: 1}); sys.logs.warn({b: 2}); log('three'); sys.logs.debug(4); sys.logs.error('five'); throw 'x'; }",
    );
    assert!(outcome.result.is_err());
    let lines: Vec<_> = outcome
        .logs
        .iter()
        .map(|line| (line.level, line.message.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (Level::Info, "one"),
            (Level::Warn, r#"{"b":2}"#),
            (Level::Info, "three"),
            (Level::Debug, "4"),
            (Level::Error, "five")
        ]
    );
    assert_eq!(outcome.logs[0].extra, Some(json(r#"{"a":1}"#)));
}

#[test]
fn logs_are_bounded() {
    let outcome = call_in("function f() { for (let at = 0; at < 1500; at++) sys.logs.info('line ' + at); }");
    assert_eq!(outcome.logs.len(), 1001);
    assert_eq!(
        outcome.logs[1000].message,
        "500 further log lines of this call were dropped"
    );
    let outcome = call_in("function f() { sys.logs.info('x'.repeat(2000000)); sys.logs.info('short'); }");
    assert_eq!(outcome.logs[0].message, "short");
    assert_eq!(outcome.logs.len(), 2);
}

#[test]
fn the_clock_is_the_calls() {
    for expression in [
        "Date.now()",
        "new Date().getTime()",
        "+new Date()",
        "new (class extends Date {})().getTime()",
    ] {
        assert_eq!(value(expression), NOW.to_string(), "{expression}");
    }
    assert_eq!(value("Date().slice(0, 15)"), r#""Mon May 30 2016""#);
    assert_eq!(
        value("new Date(2016, 0) instanceof Date && new Date(5).getTime() === 5 && Date.UTC(1970, 0, 2)"),
        "86400000"
    );
    assert_eq!(
        value("typeof performance + typeof setTimeout + typeof require + typeof fetch + typeof process"),
        r#""undefinedundefinedundefinedundefinedundefined""#
    );
}

#[test]
fn utilities() {
    for (expression, expected) in [
        (
            "sys.utils.time.format(new Date(1464584157316), 'yyyy-MM-dd HH:mm:ss')",
            r#""2016-05-30 04:55:57""#,
        ),
        (
            "sys.utils.time.format(1464584157316, 'HH:mm z', 'America/New_York')",
            r#""00:55 EDT""#,
        ),
        (
            "sys.utils.time.format(0, 'HH', {timezone: 'Asia/Tokyo'})",
            r#""09""#,
        ),
        (
            "sys.utils.time.parse('2016-05-30', 'yyyy-MM-dd').getTime()",
            "1464566400000",
        ),
        ("sys.utils.time.parse('nonsense', 'yyyy-MM-dd')", "null"),
        ("sys.utils.time.getTimeZoneOffset('Europe/Berlin')", "7200000"),
        (
            "sys.utils.time.setTimeZone(new Date(0), 'Asia/Tokyo').getTime()",
            "32400000",
        ),
        (
            "sys.utils.text.findTokens('a #p:x,y #q #p:z #__proto__:no').p",
            r#"["x","y","z"]"#,
        ),
        ("sys.utils.text.findTokens('#q').q", "true"),
        (
            "sys.utils.text.htmlToText('<b>a &amp; b</b><br/>c')",
            r#""a & b\nc""#,
        ),
        ("sys.utils.text.textToHtml('a < b\\n')", r#""a &lt; b<br/>""#),
        (
            "sys.utils.text.stringify({a: record.field('name')})",
            r#""{\"a\":\"Blogpad\"}""#,
        ),
        (
            "sys.utils.numbers.format(12345.12345, {thousandsSeparator: true, limitNumberOfDecimals: true, numberOfDecimals: 3})",
            r#""12,345.123""#,
        ),
        (
            "sys.utils.numbers.format(1.999, {limitNumberOfDecimals: true})",
            r#""1.99""#,
        ),
        (
            "sys.utils.numbers.format(1.999, {limitNumberOfDecimals: true, limitRuleType: 'ROUND'})",
            r#""2.00""#,
        ),
        (
            "sys.utils.numbers.format(-1234567, {thousandsSeparator: true})",
            r#""-1,234,567""#,
        ),
        ("sys.utils.numbers.format(0.5)", r#""0.5""#),
        (
            "sys.utils.numbers.getRandomValue() < 1 && Math.random() < 1",
            "true",
        ),
        ("sys.exceptions.NOT_FOUND_ERROR", r#""notFound""#),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn exceptions_carry_codes() {
    let error = error("sys.exceptions.throwException('tooLong', 'This is too long', {a: 1});");
    assert_eq!(
        (error.kind, error.message.as_str(), error.info.as_deref()),
        (thrown(Some("tooLong")), "This is too long", Some(r#"{"a":1}"#))
    );
    for without in ["undefined", "null", "() => 1", "'x'.repeat(4000)"] {
        let error = crate::support::error(&format!("sys.exceptions.throwException('c', 'm', {without});"));
        assert_eq!((error.kind, error.info), (thrown(Some("c")), None), "{without}");
    }
    assert_eq!(
        value(
            "(() => { try { sys.exceptions.throwException('c', 'm', 7); } catch (e) { return [sys.exceptions.getCode(e), sys.exceptions.getMessage(e), sys.exceptions.getAdditionalInfo(e), e instanceof sys.exceptions.ScriptException]; } })()"
        ),
        r#"["c","m",7,true]"#
    );
    assert_eq!(
        value("(() => { try { null.x; } catch (e) { return sys.exceptions.getCode(e); } })()"),
        r#""javascriptException""#
    );
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    for name in [
        "sys.data",
        "sys.jobs",
        "sys.users",
        "sys.files",
        "sys.storage",
        "sys.endpoints",
        "sys.utils.crypto",
        "sys.utils.numbers.BigNumber",
        "sys.context.setCurrentUserRecord",
        "app",
        "config",
    ] {
        let error = error(&format!("return {name}.find('companies');"));
        assert_eq!(
            (error.kind, error.message),
            (Kind::Unavailable, format!("{name} is not available here"))
        );
    }
    let error = error("return record.field('parent').fetch();");
    assert_eq!(
        (error.kind, error.message.as_str()),
        (Kind::Unavailable, "fetch is not available here")
    );
}
