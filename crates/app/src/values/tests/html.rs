//! What is left of markup.

use proptest::prelude::*;

use super::*;
use crate::values::html;
use crate::values::html::text;
use crate::values::read;

/// Markup within all bounds, cleaned.
fn clean(markup: &str) -> String {
    html::clean(markup).unwrap()
}

/// Holds pairs of markup and what is kept of it to be as they say.
fn all_cleaned(table: &[(&str, &str)]) {
    let wrong = table
        .iter()
        .map(|&(written, kept)| (written, kept, clean(written)))
        .filter(|(_, kept, cleaned)| kept != cleaned);
    assert_eq!(wrong.collect::<Vec<_>>(), []);
}

#[test]
fn only_allowed_tags_and_attributes_are_left() {
    all_cleaned(&[
        ("plain & simple", "plain &amp; simple"),
        ("a &lt;b&gt; &#39; &nbsp;", "a &lt;b&gt; ' &nbsp;"),
        ("1 < 2 > 0", "1 &lt; 2 &gt; 0"),
        (
            r#"<p>test <span style="background-color: yellow; font-weight: bold;">html</span> text</p>"#,
            r#"<p>test <span style="background-color: yellow; font-weight: bold;">html</span> text</p>"#,
        ),
        (r#"<P CLASS=x id=y onclick="z">a</P>"#, r#"<p class="x">a</p>"#),
        ("<b>a", "<b>a</b>"),
        ("<b><i>a</b>b</i>", "<b><i>a</i></b><i>b</i>"),
        ("a</b>", "a"),
        ("<li>a<li>b", "<li>a</li><li>b</li>"),
        ("<p>a<p>b<br>c", "<p>a</p><p>b<br>c</p>"),
        (
            "<table><tr><td>a<td>b<tr><td>c",
            "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>",
        ),
        (
            r#"<a href="http://x" title='"q"' target=_blank>a</a>"#,
            r#"<a href="http://x" title="&quot;q&quot;">a</a>"#,
        ),
        (
            r#"<a href="MAILTO:a@b.co">a</a>"#,
            r#"<a href="MAILTO:a@b.co">a</a>"#,
        ),
        (r#"<a href="/relative">a</a>"#, "<a>a</a>"),
        (
            r#"<img src="http://x/a.png" alt="a" width=5 onerror=x>"#,
            r#"<img src="http://x/a.png" alt="a" width="5">"#,
        ),
        (r#"<img src="ftp://x">"#, "<img>"),
        ("<hr/>", "<hr>"),
        ("<section>a</section><font>b</font>", "ab"),
        ("<!-- a --><!DOCTYPE html><?php x ?>b", "b"),
        ("a<!-- unfinished", "a"),
        ("a<", "a&lt;"),
        ("<tr><td>no table</td></tr>", "no table"),
        ("a<b", "a"),
        ("a<b c=\"", "a"),
        (r#"<div class="a" class="b">x</div>"#, r#"<div class="a">x</div>"#),
    ]);
}

#[test]
fn attacks_are_taken_apart() {
    all_cleaned(&[
        ("<script>alert(1)</script>a", "a"),
        ("<SCRIPT SRC=//x></SCRIPT >a", "a"),
        ("<script>a</scripts>b</script>c", "c"),
        ("<script>never closed", ""),
        ("<style>p{}</style><textarea><b>x</b></textarea>a", "a"),
        ("<svg><a href=javascript:x>b</a></svg>c", "c"),
        ("<math><mtext></math>a", "a"),
        ("<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"),
        (r#"<a href="javascript:alert(1)">a</a>"#, "<a>a</a>"),
        (r#"<a href=" javascript:alert(1)">a</a>"#, "<a>a</a>"),
        ("<a href=\"java\nscript:x\">a</a>", "<a>a</a>"),
        (r#"<a href="&#106;avascript:x">a</a>"#, "<a>a</a>"),
        (r#"<a href="javascript&colon;x">a</a>"#, "<a>a</a>"),
        (r#"<a href="data:text/html,x">a</a>"#, "<a>a</a>"),
        (r#"<img src=x onerror=alert(1)>"#, "<img>"),
        (r#"<p style="background:url(javascript:x)">a</p>"#, "<p>a</p>"),
        (
            r#"<p class='"><script>x'>a</p>"#,
            r#"<p class="&quot;><script>x">a</p>"#,
        ),
        ("<p title=`x>a", "<p>a</p>"),
        ("<b/onclick=x>a", "<b>a</b>"),
    ]);
}

#[test]
fn classic_vectors_leave_nothing_that_runs() {
    all_cleaned(&[
        ("<IMG SRC=\"javascript:alert('XSS');\">", "<img>"),
        ("<IMG SRC=JaVaScRiPt:alert(1)>", "<img>"),
        ("<IMG SRC=`javascript:alert(1)`>", "<img>"),
        ("<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">", "<img>\"&gt;"),
        ("<IMG SRC=# onmouseover=\"alert(1)\">", "<img>"),
        ("<IMG onmouseover=alert(1)>", "<img>"),
        ("<IMG SRC=/ onerror=\"alert(1)\"></img>", "<img>"),
        (
            "<IMG SRC=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>",
            "<img>",
        ),
        (
            "<IMG SRC=&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)>",
            "<img>",
        ),
        ("<IMG SRC=\"jav\tascript:alert(1)\">", "<img>"),
        ("<a href=\"jav&#x0A;ascript:alert(1)\">a</a>", "<a>a</a>"),
        ("<a href=\"&#14; javascript:alert(1)\">a</a>", "<a>a</a>"),
        ("<a href=\"vbscript:msgbox(1)\">a</a>", "<a>a</a>"),
        ("<a href=\"//evil.example\">a</a>", "<a>a</a>"),
        ("<a href=\"\\\\evil.example\">a</a>", "<a>a</a>"),
        ("<a href=\"blob:http://x/y\">a</a>", "<a>a</a>"),
        ("<SCRIPT/XSS SRC=\"http://x/xss.js\"></SCRIPT>", ""),
        ("<<SCRIPT>alert(1);//\\<</SCRIPT>", "&lt;"),
        ("<SCRIPT SRC=http://x/xss.js?< B >", ""),
        ("</TITLE><SCRIPT>alert(1);</SCRIPT>", ""),
        ("<INPUT TYPE=\"IMAGE\" SRC=\"javascript:alert(1);\">", ""),
        ("<BODY BACKGROUND=\"javascript:alert(1)\" ONLOAD=alert(1)>a", "a"),
        ("<BGSOUND SRC=\"javascript:alert(1);\">", ""),
        ("<LINK REL=\"stylesheet\" HREF=\"javascript:alert(1);\">", ""),
        (
            "<META HTTP-EQUIV=\"refresh\" CONTENT=\"0;url=javascript:alert(1);\">",
            "",
        ),
        ("<BASE HREF=\"javascript:alert(1);//\">", ""),
        ("<STYLE>@import'http://x/xss.css';</STYLE>", ""),
        ("<IFRAME SRC=\"javascript:alert(1);\"></IFRAME>", ""),
        ("<iframe srcdoc=\"<script>alert(1)</script>\">", ""),
        ("<OBJECT DATA=\"data:text/html,x\"><b>a</b></OBJECT>", ""),
        ("<EMBED SRC=\"data:image/svg+xml;base64,PHN2Zz4=\">", ""),
        (
            "<FORM ACTION=\"javascript:x\"><button formaction=javascript:y>a</button></FORM>",
            "a",
        ),
        ("<svg onload=alert(1)>", ""),
        ("<svg><script>alert&#40;1)</script></svg>a", "a"),
        ("<svg><animate onbegin=alert(1) attributeName=x></svg>", ""),
        ("<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">", ""),
        ("<details open ontoggle=alert(1)>a</details>", "a"),
        ("<video><source onerror=alert(1)></video>", ""),
        (
            "<DIV STYLE=\"background-image: url(javascript:alert(1))\">a</DIV>",
            "<div>a</div>",
        ),
        (
            "<DIV STYLE=\"width: expression(alert(1));\">a</DIV>",
            "<div>a</div>",
        ),
        (
            "<DIV STYLE=\"color: red; -moz-binding: url(http://x)\">a</DIV>",
            "<div style=\"color: red\">a</div>",
        ),
        (
            "<DIV STYLE=\"color: r\\65 d; position: fixed\">a</DIV>",
            "<div>a</div>",
        ),
        (
            "<DIV STYLE=\"color: red/**/; width: 1px\">a</DIV>",
            "<div style=\"width: 1px\">a</div>",
        ),
    ]);
}

#[test]
fn what_a_second_reading_would_take_for_something_else_is_gone() {
    all_cleaned(&[
        (
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<img>\"&gt;",
        ),
        (
            "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
            "",
        ),
        (
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "",
        ),
        (
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
            "<p></p><img>\"&gt;",
        ),
        ("<xmp><p title=\"</xmp><script>alert(1)</script>\">", "\"&gt;"),
        ("<template><script>alert(1)</script></template>a", "a"),
        ("<!--[if gte IE 4]><SCRIPT>alert(1);</SCRIPT><![endif]-->a", "a"),
        ("<!--><script>alert(1)</script>-->", "--&gt;"),
        ("<![CDATA[<script>alert(1)</script>]]>", "alert(1)]]&gt;"),
    ]);
}

/// Why markup is refused.
fn refused(markup: &str) -> String {
    let refused = html::clean(markup).unwrap_err();
    refused.strip_prefix("Must not ").unwrap().to_owned()
}

#[test]
fn markup_that_takes_long_is_refused() {
    let tags = "have more than 5000 tags";
    assert_eq!(refused(&"<b>".repeat(5_001)), tags);
    assert_eq!(refused(&"</p>".repeat(5_001)), tags);
    // Nothing hides a tag from being counted.
    assert_eq!(refused(&format!("<!--{}-->", "<i>".repeat(5_001))), tags);
    assert_eq!(
        refused(&"a".repeat((1 << 20) + 1)),
        "be longer than 1048576 bytes"
    );

    let attributes = "have a tag with more than 100 attributes";
    let many = |count: usize, form: &str| {
        (0..count)
            .map(|at| form.replace('#', &at.to_string()))
            .collect::<String>()
    };
    for form in [" a#", " a# = x", "/a#", "a#=\"\"", " a#='>'", " a#=\">\"", "/=#"] {
        assert_eq!(refused(&format!("<p {}>", many(101, form))), attributes, "{form}");
        assert_eq!(
            refused(&format!("</p {}>", many(101, form))),
            attributes,
            "{form}"
        );
        clean(&format!("<p {}>{}", many(99, form), many(101, form)));
    }

    let formatting = "have so many formatting tags with attributes: use span";
    assert_eq!(refused(&many(2_500, "<b class=#><p>")), formatting);
    assert_eq!(refused(&many(5_000, "<FONT\n#>")), formatting);
    for overlapping in ["<iii", "<p\"", "<p='<p=\"x"] {
        let refused = refused(&overlapping.repeat(4_500));
        assert!(
            [attributes, "have tags within tags"].contains(&&*refused),
            "{overlapping}: {refused}"
        );
    }
    assert_eq!(refused(&"<iii".repeat(4_500)), "have tags within tags");
    let reopened = format!(
        "<p>{}{}",
        many(90, &format!("<b class=#{}>", "x".repeat(5_000))),
        "<p>a".repeat(1_000)
    );
    assert_eq!(
        refused(&reopened),
        "be longer than 1048576 bytes once all its tags are closed"
    );
    assert_eq!(
        refused(&"&".repeat(1 << 20)),
        "be longer than 1048576 bytes once all its tags are closed"
    );
}

#[test]
fn markup_within_the_bounds_is_read() {
    assert_eq!(clean(&"<div>".repeat(5_000)).len(), 55_000);
    assert_eq!(clean(&"<b>".repeat(5_000)).len(), 35_000);
    let links = "<a href=\"http://x/\" title=\"a\">a</a> ".repeat(4_500);
    assert_eq!(clean(&links), links);
    let paragraphs = "<p><b class=\"x\">a</b></p>".repeat(300);
    assert_eq!(clean(&paragraphs), paragraphs);
    assert_eq!(clean(&"a".repeat(1 << 20)).len(), 1 << 20);
}

#[test]
fn refused_markup_is_a_fault_of_the_value() {
    let deep = format!("\"{}\"", "<b>".repeat(5_001));
    let fault = read(&field(FieldType::Html), json(&deep).root()).unwrap_err();
    assert_eq!(fault.message, "Must not have more than 5000 tags");
    assert_eq!(fault.rejected.unwrap().len(), 200);
}

#[test]
fn text_is_what_people_see() {
    for (written, seen) in [
        ("<p>one</p><p>two <b>th</b>ree</p>", "one two three"),
        ("a<br>b<ul><li>c</li><li>d</li></ul>", "a b c d"),
        (
            "&lt;b&gt; &amp;amp; &quot;q&quot; &#233;&#xe9;&nbsp;x",
            "<b> &amp; \"q\" éé x",
        ),
        (
            "&unknown; &#0; &#1114112; &amp;nbsp;",
            "&unknown; \u{fffd} \u{fffd} &nbsp;",
        ),
        ("a<p title='<b> \"> &lt;'>b<i class=\"'>\">c</i></p>d", "a bc d"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b c"),
    ] {
        assert_eq!(text(&clean(written)), seen, "{written}");
    }
    let scalar = read(
        &field(FieldType::Html),
        json(r#""<p>a</p><script>x</script>b""#).root(),
    )
    .unwrap()
    .unwrap();
    assert_eq!(shown(&scalar), r#""<p>a</p>b""#);
    assert_eq!(scalar.shadow.unwrap().to_text().unwrap(), r#""a b""#);
    assert_eq!(outcome(&FieldType::Html, r#""<script>x</script>""#), "none");
}

fn soup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z<>&;\"'=/ !-]{0,6}",
        Just("<p>".to_owned()),
        Just("</p>".to_owned()),
        Just("<li class=\"".to_owned()),
        Just("<a href='http://x?a=1&b=2'>".to_owned()),
        Just("<td style=\"color:red\">".to_owned()),
        Just("<script>".to_owned()),
        Just("</script>".to_owned()),
        Just("<!--".to_owned()),
        Just("&amp;".to_owned()),
        Just("<br>".to_owned()),
        Just("é\u{a0}".to_owned()),
    ];
    proptest::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn cleaning_twice_is_cleaning_once(markup in soup()) {
        let once = clean(&markup);
        prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn every_angle_bracket_left_is_an_allowed_tag(markup in soup()) {
        let tags = regex::Regex::new(r#"</?(p|li|a|td|br|b|i|u|q)((?: [a-z]+="[^"]*")*)>"#).unwrap();
        let rest = tags.replace_all(&clean(&markup), "").into_owned();
        prop_assert!(!rest.contains(['<', '>']), "{}", rest);
    }
}
