//! One small case for each behaviour that users meet.

use weir_model::Source;

use crate::{
    emit_all, from_value, json, parse, read_documents, read_value, read_value_strict, to_value,
    to_yaml,
};

fn source() -> Source {
    Source::named("deployment.yaml")
}

#[test]
fn scalars_are_resolved_as_yaml_v2_does() {
    let cases = [
        ("yes", "true"),
        ("off", "false"),
        ("~", "null"),
        ("0755", "493"),
        ("0o17", "15"),
        ("0b11", "3"),
        ("1_000", "1000"),
        ("1.0", "1"),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("12:30", "\"12:30\""),
        ("2001-01-01", "\"2001-01-01\""),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "18446744073709552000"),
        ("'yes'", "\"yes\""),
        ("!!str 1", "\"1\""),
        ("!!float 1", "1"),
        ("! 1", "\"1\""),
        ("v1.2", "\"v1.2\""),
    ];
    for (text, expected) in cases {
        let value = read_value(text.as_bytes(), source()).unwrap();
        assert_eq!(json::write(&value), expected, "{text}");
    }
}

#[test]
fn maps_are_read_as_yaml_v2_does() {
    let cases = [
        ("1: a\ntrue: b\n1.5: c\n", r#"{"1":"a","1.5":"c","true":"b"}"#),
        ("a: 1\na: 2\n", r#"{"a":2}"#),
        ("x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3\n", r#"{"x":{"a":1,"b":2},"z":{"a":1,"b":3}}"#),
        ("z:\n  b: 3\n  <<: {b: 4}\n", r#"{"z":{"b":4}}"#),
        ("z:\n  <<: [{a: 1}, {a: 2, b: 2}]\n", r#"{"z":{"a":1,"b":2}}"#),
        ("a: &a [&a 1]\nb: *a\n", r#"{"a":[1],"b":1}"#),
        ("1000000.0: a\n", r#"{"1e+06":"a"}"#),
    ];
    for (text, expected) in cases {
        assert_eq!(
            json::write(&read_value(text.as_bytes(), source()).unwrap()),
            expected,
            "{text}"
        );
    }
}

#[test]
fn errors_have_gos_words_and_the_true_place() {
    let cases = [
        (
            "a: 1\nb: c: d\n",
            "yaml: line 2: mapping values are not allowed in this context",
            2,
            5,
            "b: c: d",
        ),
        (
            "a: b\n c: d\n",
            "yaml: line 2: mapping values are not allowed in this context",
            2,
            3,
            " c: d",
        ),
        (
            "a:\n- b\n  c: [\n",
            "yaml: line 3: mapping values are not allowed in this context",
            3,
            4,
            "  c: [",
        ),
        ("a: *b\n", "yaml: unknown anchor 'b' referenced", 1, 4, "a: *b"),
        ("a: 'b\n", "yaml: line 2: found unexpected end of stream", 1, 6, "a: 'b"),
        ("\ta: b\n", "yaml: found character that cannot start any token", 1, 1, "\ta: b"),
    ];
    for (text, message, line, column, excerpt) in cases {
        let error = read_value(text.as_bytes(), source()).unwrap_err();
        assert_eq!(error.message, message, "{text:?}");
        let place = (error.at.line, error.column, error.excerpt.as_str());
        assert_eq!(place, (line, column, excerpt), "{text:?}");
    }
}

#[test]
fn strict_reading_names_keys_that_stand_twice() {
    let error = read_value_strict(b"a: 1\nb: 2\na: 3\n", source()).unwrap_err();
    assert_eq!(error.message, "yaml: unmarshal errors:\n  line 3: key \"a\" already set in map");
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let results = read_documents(b"a: 1\n---\nb: [\n---\n# nothing\n---\nc: 3\n", source());
    let shown: Vec<String> = results
        .iter()
        .map(|result| match result {
            Ok(value) => format!("{}:{}", value.origin.line, json::write(value)),
            Err(error) => format!("{}:{}", error.at.line, error.message),
        })
        .collect();
    assert_eq!(
        shown,
        ["1:{\"a\":1}", "3:yaml: line 1: did not find expected node content", "7:{\"c\":3}"]
    );
}

#[test]
fn values_know_their_lines() {
    let value = read_value(b"a:\n  b:\n  - c\n  - d: |\n      e\n", source()).unwrap();
    let d = &value.pointer(&["a", "b"]).unwrap().as_list().unwrap()[1];
    assert_eq!((d.origin.line, d.get("d").unwrap().origin.line), (4, 4));
    assert_eq!(d.origin.to_string(), "deployment.yaml:4");
}

#[test]
fn values_are_written_as_yaml_v2_does() {
    let cases = [
        (r#"{"b":1,"a10":2,"a9":3}"#, "a9: 3\na10: 2\nb: 1\n"),
        (
            r#"["yes","1","a: b",""," x","null","1:30"]"#,
            "- \"yes\"\n- \"1\"\n- 'a: b'\n- \"\"\n- ' x'\n- \"null\"\n- \"1:30\"\n",
        ),
        (r#"{"a":[],"b":{},"c":[{"d":[1]}]}"#, "a: []\nb: {}\nc:\n- d:\n  - 1\n"),
        (r#"{"a":"b\nc\n","d":"\te"}"#, "a: |\n  b\n  c\nd: \"\\te\"\n"),
        (r#"{"a":1.5e10,"b":0.1,"c":1e100}"#, "a: 15000000000\nb: 0.1\nc: 1e+100\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(to_yaml(&json::read(text.as_bytes(), source()).unwrap()), expected);
    }
    let words = "word ".repeat(30);
    let folded = to_yaml(&weir_model::Value::string(words.trim()));
    assert_eq!(folded.lines().count(), 2, "long lines are folded: {folded}");
}

#[test]
fn nodes_keep_order_styles_and_comments() {
    let cases = [
        ("# head\nb: 'x' # line\n# foot\n\na: [1, {c: d}]\n", ""),
        ("a:\n  - b\n  - c\n", "a:\n- b\n- c\n"),
        ("a: &x\n  b: 1\nc: *x\n", ""),
        ("# document\n\n# head\na: 1\n", ""),
        ("a: >-\n  folded\n  text\nb: |+\n  kept\n\n", "a: >-\n  folded text\nb: |+\n  kept\n\n"),
        ("a: !custom {b: c}\n---\n- 1\n", ""),
        ("x: &x {a: 1}\ny:\n  <<: *x\n", "x: &x {a: 1}\ny:\n  !!merge <<: *x\n"),
    ];
    for (text, expected) in cases {
        let expected = if expected.is_empty() { text } else { expected };
        assert_eq!(emit_all(&parse(text.as_bytes(), source()).unwrap()), expected);
    }
}

#[test]
fn nodes_become_values_by_yaml_v3s_rules() {
    let cases = [
        ("a: yes\nb: 0o17\nc: 2001-01-01\n", r#"{"a":"yes","b":15,"c":"2001-01-01T00:00:00Z"}"#),
        ("x: &x {a: 1, b: 2}\ny:\n  b: 3\n  <<: *x\n", r#"{"x":{"a":1,"b":2},"y":{"a":1,"b":3}}"#),
        ("1: a\n", r#"{"1":"a"}"#),
    ];
    for (text, expected) in cases {
        let nodes = parse(text.as_bytes(), source()).unwrap();
        assert_eq!(json::write(&to_value(&nodes[0]).unwrap()), expected, "{text}");
    }
    let twice = parse(b"a: 1\na: 2\n", source()).unwrap();
    let message = "yaml: unmarshal errors:\n  line 2: mapping key \"a\" already defined at line 1";
    assert_eq!(to_value(&twice[0]).unwrap_err().message, message);
}

#[test]
fn values_become_nodes_that_quote_old_booleans() {
    let value = json::read(br#"{"a":"yes","b":"1","c":true,"d":"x\ny"}"#, source()).unwrap();
    assert_eq!(
        crate::emit(&from_value(&value)),
        "a: \"yes\"\nb: \"1\"\nc: true\nd: |-\n  x\n  y\n"
    );
}

#[test]
fn other_encodings_are_read() {
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain("a: é\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(json::write(&read_value(&utf16, source()).unwrap()), r#"{"a":"é"}"#);
    assert_eq!(json::write(&read_value(b"\xEF\xBB\xBFa: 1\n", source()).unwrap()), r#"{"a":1}"#);
    let error = read_value(b"a: \xFF\n", source()).unwrap_err();
    assert_eq!(error.message, "yaml: invalid leading UTF-8 octet");
}
