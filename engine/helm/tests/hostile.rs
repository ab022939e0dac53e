//! Charts and templates made to hang, to exhaust memory or to reach outside: each ends in a diagnostic.
//!
//! Time is counted in steps of the meter, so nothing here depends on the machine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use weir_helm::{Chart, Facts, HelmVersion, Release, render, values};
use weir_model::{Blob, Limits, TreeBuilder, TreePath};

/// A small part of the real limits, so that the tests are quick; what is hostile grows beyond any.
const LIMITS: Limits = Limits { steps: 200_000, bytes: 8 << 20, depth: 1_000 };

fn tree(files: &[(&str, &str)]) -> weir_model::Tree {
    let mut builder = TreeBuilder::default();
    let metadata = ("Chart.yaml", "apiVersion: v2\nname: bad\nversion: 1.0.0\n");
    for (path, text) in std::iter::once(&metadata).chain(files) {
        builder.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
    }
    builder.finish()
}

/// Renders a chart: the first error, or the text.
fn outcome(files: &[(&str, &str)], given: &str) -> Result<String, String> {
    let loaded = Chart::load(&tree(files));
    let first = |diagnostics: &[weir_model::Diagnostic]| {
        let error = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        error.map_or_else(String::new, |error| error.message.clone())
    };
    let Some(chart) = loaded.value else { return Err(first(&loaded.diagnostics)) };
    let given = values::read(given.as_bytes(), "values.yaml", HelmVersion::V4)?;
    let facts = Facts { limits: LIMITS, ..Facts::default() };
    let rendered = render(&chart, &given, &Release::new("r", "ns"), &facts);
    match rendered.value {
        Some(rendered) => Ok(rendered.text(Default::default())),
        None => Err(first(&rendered.diagnostics)),
    }
}

fn template(text: &str) -> Result<String, String> {
    outcome(&[("templates/a.yaml", text)], "")
}

const STEPS: &str = "rendering took more than 200000 steps";
const BYTES: &str = "rendering made more than 8388608 bytes";

#[test]
fn templates_that_take_too_long_or_too_much_are_stopped() {
    let double = "{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}";
    let doubled = |rest: &str| format!("{double}{rest}");
    let deep = "{{ $x := list }}{{ range until 50000 }}{{ $x = list $x }}{{ end }}";
    let long = "{{ $s := repeat 100000 \"a\" }}";
    let short = "{{ $s := repeat 10000 \"a\" }}";
    for (text, expected) in [
        // Recursion.
        ("{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}".to_owned(), "nested reference name: a"),
        ("{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}".to_owned(), "nested reference name: a"),
        ("{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}".to_owned(), "levels deep"),
        ("{{ define \"a\" }}{{ include \"a\" . }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}".to_owned(), "nested reference name: a"),
        ("{{ $_ := set . \"t\" \"{{ tpl .t . }}\" }}{{ tpl .t . }}".to_owned(), "levels deep"),
        // Loops.
        ("{{ range until 1000000000 }}{{ end }}".to_owned(), ""),
        ("{{ range 1000000000 }}{{ end }}".to_owned(), STEPS),
        ("{{ range untilStep 0 9223372036854775807 1 }}{{ end }}".to_owned(), ""),
        ("{{ range (seq 1 1000000000 | splitList \" \") }}{{ end }}".to_owned(), ""),
        ("{{ range $i := until 5000 }}{{ range $j := until 5000 }}{{ end }}{{ end }}".to_owned(), ""),
        // Text that grows.
        ("{{ repeat 1000000000 \"aaaaaaaaaa\" }}".to_owned(), BYTES),
        ("{{ $s := \"a\" }}{{ range until 60 }}{{ $s = printf \"%s%s\" $s $s }}{{ end }}".to_owned(), BYTES),
        ("{{ $s := \"\" }}{{ range until 100000 }}{{ $s = cat $s \"aaaaaaaaaaaaaaaaaaaaaaaa\" }}{{ end }}".to_owned(), BYTES),
        ("{{ range until 100 }}{{ printf \"%999999d\" 1 }}{{ end }}".to_owned(), BYTES),
        ("{{ indent 100000000 \"a\\nb\" }}".to_owned(), BYTES),
        ("{{ randAlphaNum 1000000000 }}".to_owned(), BYTES),
        (format!("{long}{{{{ replace \"a\" $s $s }}}}"), BYTES),
        (format!("{long}{{{{ replace \"\" $s $s }}}}"), BYTES),
        (format!("{long}{{{{ regexReplaceAll \"\" $s $s }}}}"), ""),
        (format!("{long}{{{{ regexReplaceAllLiteral \"\" $s $s }}}}"), "rendering took more"),
        (format!("{long}{{{{ range until 100000 }}}}{{{{ sha256sum $s }}}}{{{{ end }}}}"), ""),
        (format!("{long}{{{{ range until 100000 }}}}{{{{ splitList \"\" $s | len }}}}{{{{ end }}}}"), BYTES),
        (format!("{long}{{{{ wrap 1 $s }}}}{{{{ wrapWith 1 $s $s }}}}"), BYTES),
        // Values that hold one value many times over, or themselves.
        (doubled("{{ $x }}"), STEPS),
        (doubled("{{ toYaml $x }}"), STEPS),
        (doubled("{{ toJson $x }}"), STEPS),
        (doubled("{{ toToml (dict \"a\" $x) }}"), STEPS),
        (doubled("{{ printf \"%v\" $x }}"), STEPS),
        (doubled("{{ toString $x | sha256sum }}"), STEPS),
        (doubled("{{ quote $x }}"), STEPS),
        (doubled("{{ squote $x }}"), STEPS),
        (doubled("{{ deepEqual $x $x }}"), STEPS),
        (doubled("{{ has $x (list $x) }}"), STEPS),
        (doubled("{{ uniq (list $x $x) }}"), STEPS),
        (doubled("{{ without (list $x) $x }}"), STEPS),
        (doubled("{{ join \",\" $x }}"), STEPS),
        (doubled("{{ dict $x 1 }}"), STEPS),
        (doubled("{{ deepCopy (dict \"a\" $x) }}"), STEPS),
        (doubled("{{ eq $x $x }}"), STEPS),
        (doubled("{{ urlquery $x }}"), STEPS),
        ("{{ $m := dict }}{{ $_ := set $m \"a\" $m }}{{ $_ := set $m \"b\" $m }}{{ toYaml $m }}".to_owned(), STEPS),
        ("{{ $m := dict }}{{ $_ := set $m \"a\" $m }}{{ $_ := set $m \"b\" $m }}{{ deepCopy $m }}".to_owned(), ""),
        ("{{ $m := dict }}{{ $_ := set $m \"a\" $m }}{{ $_ := set $m \"b\" $m }}{{ merge (dict) $m }}".to_owned(), ""),
        (format!("{deep}{{{{ toYaml $x }}}}{{{{ toJson $x }}}}{{{{ deepEqual $x (list $x) }}}}"), ""),
        // Expressions.
        ("{{ regexMatch \"(((((a{100}){100}){100}){100}){100})\" \"a\" }}".to_owned(), ""),
        (format!("{short}{{{{ regexFindAll \"a.*b|a\" $s -1 }}}}"), STEPS),
        (format!("{short}{{{{ regexReplaceAll \"a.*b|a\" $s \"$0\" }}}}"), STEPS),
        (format!("{short}{{{{ regexSplit \"a.*b|a\" $s -1 }}}}"), STEPS),
        ("{{ range $i := until 100000 }}{{ regexMatch (printf \"(a{500}){%d}\" (mod $i 100)) \"a\" }}{{ end }}".to_owned(), ""),
        // Keys.
        ("{{ range until 1000 }}{{ genSelfSignedCert \"a\" nil nil 1 }}{{ end }}".to_owned(), STEPS),
        ("{{ range until 1000 }}{{ genPrivateKey \"rsa\" }}{{ end }}".to_owned(), STEPS),
        ("{{ range until 1000 }}{{ htpasswd \"a\" \"b\" }}{{ end }}".to_owned(), STEPS),
        ("{{ range until 1000 }}{{ derivePassword 1 \"long\" \"a\" \"b\" \"c\" }}{{ end }}".to_owned(), STEPS),
    ] {
        let error = template(&text).expect_err(&text);
        assert!(error.contains(expected), "{text:.300}\n{error:.300}\n{}", error.len());
    }
}

#[test]
fn what_grows_in_other_ways_is_stopped_too() {
    let many: String = (0..3_000)
        .map(|number| format!("{{{{ $v{number} := 1 }}}}"))
        .chain((0..30_000).map(|_| "{{ $v0 }}".to_owned()))
        .collect();
    let list = "{{ $l := list }}{{ range until 2000 }}{{ $l = append $l \"abc\" }}{{ end }}";
    for (text, expected) in [
        // `tpl` in `tpl`, whose text doubles and which runs twice as often each time.
        ("{{ $t := \"{{ tpl .t . }}{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t) }}".to_owned(), "levels deep"),
        ("{{ $t := \"x\" }}{{ range until 40 }}{{ $t = tpl (print \"{{ print \" (quote $t) \" }}\" $t) $ }}{{ end }}".to_owned(), ""),
        ("{{ define \"a\" }}{{ if gt (int .) 0 }}{{ include \"a\" (sub (int .) 1) }}{{ include \"a\" (sub (int .) 1) }}{{ end }}{{ end }}{{ include \"a\" 40 }}".to_owned(), STEPS),
        ("{{ define \"a\" }}{{ $x := list . . }}{{ include \"a\" $x }}{{ end }}{{ include \"a\" 1 }}".to_owned(), "nested reference name: a"),
        // Numbers, lists and their order.
        ("{{ range 1000000000000 }}{{ end }}".to_owned(), STEPS),
        ("{{ range $i := 1000000000000 }}{{ $i }}{{ end }}".to_owned(), STEPS),
        ("{{ range seq 0 1 1000000 }}x{{ end }}".to_owned(), ""),
        (format!("{list}{{{{ range until 100000 }}}}{{{{ $x := sortAlpha $l }}}}{{{{ end }}}}"), ""),
        (format!("{list}{{{{ range until 100000 }}}}{{{{ $x := reverse $l }}}}{{{{ end }}}}"), ""),
        (format!("{list}{{{{ range until 100000 }}}}{{{{ $x := uniq $l }}}}{{{{ end }}}}"), STEPS),
        (format!("{list}{{{{ range until 100000 }}}}{{{{ $x := concat $l $l }}}}{{{{ end }}}}"), ""),
        (format!("{list}{{{{ range until 60 }}}}{{{{ $l = concat $l $l }}}}{{{{ end }}}}"), ""),
        (format!("{list}{{{{ range until 60 }}}}{{{{ $l = chunk 1 $l }}}}{{{{ end }}}}{{{{ toYaml $l }}}}"), ""),
        (format!("{list}{{{{ range until 100000 }}}}{{{{ $x := join \",\" $l }}}}{{{{ end }}}}"), ""),
        // Maps that hold themselves.
        ("{{ $m := dict }}{{ $_ := set $m \"m\" $m }}{{ mustMergeOverwrite $m $m }}{{ toJson $m }}".to_owned(), ""),
        ("{{ $m := dict }}{{ $_ := set $m \"m\" $m }}{{ mustMerge (dict \"m\" (dict)) $m }}{{ $m }}{{ $m }}{{ toToml $m }}".to_owned(), ""),
        ("{{ $l := list 1 }}{{ $m := dict \"l\" $l }}{{ $_ := set $m \"l\" (list $m $m) }}{{ quote $m }}{{ toYaml $m }}".to_owned(), STEPS),
        // Variables.
        (many, STEPS),
        // Text.
        ("{{ range until 100000 }}{{ $x := nindent 200 (repeat 1000 \"a\\n\") }}{{ end }}".to_owned(), BYTES),
        ("{{ range until 100000 }}{{ $x := randBytes 100000 }}{{ end }}".to_owned(), BYTES),
        ("{{ $s := \"a\" }}{{ range until 60 }}{{ $s = regexReplaceAll \"a\" $s \"aa\" }}{{ end }}".to_owned(), ""),
        ("{{ $s := \"a\" }}{{ range until 60 }}{{ $s = replace \"a\" \"aa\" $s }}{{ end }}".to_owned(), BYTES),
        ("{{ $s := \"a\" }}{{ range until 60 }}{{ $s = quote $s }}{{ end }}".to_owned(), ""),
        ("{{ $s := \"a\" }}{{ range until 100 }}{{ $s = toJson (list $s $s) }}{{ end }}".to_owned(), BYTES),
        ("{{ $s := \"a\" }}{{ range until 60 }}{{ $s = b64enc (print $s $s) }}{{ end }}".to_owned(), BYTES),
        ("{{ range until 100000 }}{{ $x := fromYaml (repeat 10000 \"a: 1\\n\") }}{{ end }}".to_owned(), ""),
        ("{{ range until 100000 }}{{ $x := fromYamlArray (repeat 10000 \"- a\\n\") }}{{ end }}".to_owned(), ""),
        ("{{ range until 100000 }}{{ $x := fromToml (repeat 1000 \"[[a]]\\n\") }}{{ end }}".to_owned(), ""),
        ("{{ fromYaml (printf \"a: %s1%s\" (repeat 100000 \"[\") (repeat 100000 \"]\")) }}".to_owned(), ""),
        // Keys and hashes.
        ("{{ range until 1000 }}{{ genCA \"a\" 1 }}{{ end }}".to_owned(), STEPS),
        ("{{ range until 1000 }}{{ bcrypt \"a\" }}{{ end }}".to_owned(), STEPS),
        ("{{ range until 100000 }}{{ encryptAES \"k\" (repeat 10000 \"a\") }}{{ end }}".to_owned(), ""),
        ("{{ range until 1000000 }}{{ semverCompare \">1 || >2 || >3 || >4 || >5\" \"1.2.3\" }}{{ end }}".to_owned(), ""),
    ] {
        match template(&text) {
            Err(error) => assert!(error.contains(expected), "{text:.300}\n{error:.300}"),
            // A bound that is not met is no failure where none is named: then it ends, which is what counts.
            Ok(_) => assert!(expected.is_empty(), "{text:.300} was rendered"),
        }
    }
}

#[test]
fn many_charts_and_large_values_end() {
    let charts: Vec<(String, String)> = (0..2_000)
        .map(|number| {
            let metadata = format!("apiVersion: v2\nname: c{number}\nversion: 1.0.0\n");
            (format!("charts/c{number}/Chart.yaml"), metadata)
        })
        .collect();
    let files: Vec<(&str, &str)> =
        charts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    outcome(&files, "").unwrap();
    let needed: String = (0..20_000)
        .map(|number| format!("- {{name: c{number}, version: 1.0.0, condition: a.b{number}}}\n"))
        .collect();
    let metadata = format!("apiVersion: v2\nname: bad\nversion: 1.0.0\ndependencies:\n{needed}");
    outcome(&[("Chart.yaml", &metadata)], "").unwrap_err();
    let wide: String = (0..50_000).map(|number| format!("k{number}: {{a: [1, 2]}}\n")).collect();
    outcome(&[("values.yaml", &wide), ("templates/a.yaml", "kind: A")], &wide).unwrap();
    let huge = "a: b\n".repeat((17 << 20) / 5);
    assert!(outcome(&[("values.yaml", &huge)], "").unwrap_err().contains("files of values"));
}

#[test]
fn deep_templates_are_refused_without_a_crash() {
    for (open, close) in
        [("{{ if true }}", "{{ end }}"), ("{{ (", ") }}"), ("{{ range . }}", "{{ end }}")]
    {
        let text = format!("{}{}", open.repeat(20_000), close.repeat(20_000));
        // Whether it is refused or not, it ends.
        template(&text).ok();
    }
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(50_000), ")".repeat(50_000));
    template(&parens).unwrap_err();
}

#[test]
fn include_goes_as_deep_as_helm_lets_it() {
    let nested = |depth: u32| {
        template(&format!(
            "{{{{ define \"a\" }}}}{{{{ if gt (int .) 0 }}}}{{{{ include \"a\" (sub (int .) 1) }}}}{{{{ end }}}}{{{{ end }}}}{{{{ include \"a\" {depth} }}}}kind: A"
        ))
    };
    assert!(nested(999).is_ok());
    assert!(nested(1_001).unwrap_err().contains("nested reference name"));
}

#[test]
fn functions_do_not_reach_outside() {
    let text = "a: {{ getHostByName \"localhost\" | quote }}\nb: {{ lookup \"v1\" \"Secret\" \"default\" \"a\" | toJson }}\nc: {{ .Files.Get \"/etc/passwd\" | quote }}\nd: {{ .Files.Get \"../x\" | quote }}\n";
    assert!(template(text).unwrap().ends_with("a: \"\"\nb: {}\nc: \"\"\nd: \"\"\n"));
    for name in ["env", "expandenv"] {
        let error = template(&format!("{{{{ {name} \"HOME\" }}}}")).unwrap_err();
        assert!(error.contains(&format!("function \"{name}\" not defined")), "{error}");
    }
}

#[test]
fn hostile_values_are_refused() {
    let aliases: String = (1..40)
        .map(|level| format!("a{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1))
        .collect();
    let bomb = format!("a0: &a0 [x]\n{aliases}");
    let deep = format!("a: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let dotted = format!("a: {}", "{b: ".repeat(50_000));
    for text in [&bomb, &deep, &dotted] {
        outcome(&[("values.yaml", text)], "").unwrap_err();
        outcome(&[], text).unwrap_err();
        outcome(&[("templates/a.yaml", text)], "").unwrap_err();
    }
    for assignment in ["a[999999999]=1", "a[65537]=1", &"a.".repeat(1_000), &"a[0]".repeat(1_000)] {
        let mut given = values::empty();
        values::set(&mut given, &format!("{assignment}=1"), HelmVersion::V4).unwrap_err();
    }
    let long_json = format!("a={}1{}", "[".repeat(100_000), "]".repeat(100_000));
    values::set_json(&mut values::empty(), &long_json, HelmVersion::V4).unwrap_err();
}

#[test]
fn schemas_reach_nothing_and_end() {
    let with = |schema: &str, given: &str| {
        outcome(&[("values.schema.json", schema), ("templates/a.yaml", "kind: A")], given)
    };
    // What leads to a file or the network is left out rather than followed.
    for reference in
        ["file:///etc/passwd", "file:///dev/zero", "http://127.0.0.1:1/x.json", "../../x.json"]
    {
        let schema = format!(r#"{{"properties": {{"a": {{"$ref": "{reference}"}}}}}}"#);
        assert!(with(&schema, "a: 1").is_ok(), "{reference}");
    }
    assert!(
        with(r##"{"$ref": "#"}"##, "a: 1").is_ok() || with(r##"{"$ref": "#"}"##, "a: 1").is_err()
    );
    let deep = format!("{}1{}", r#"{"not":"#.repeat(20_000), "}".repeat(20_000));
    with(&deep, "a: 1").unwrap_err();
    let slow = r#"{"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}"#;
    with(slow, &format!("a: {}b", "a".repeat(10_000))).unwrap_err();
    let doubled: String = (1..60)
        .map(|level| format!(r##", "a{level}": {{"allOf": [{{"$ref": "#/$defs/a{0}"}}, {{"$ref": "#/$defs/a{0}"}}]}}"##, level - 1))
        .collect();
    let doubled = format!(r##"{{"$defs": {{"a0": true{doubled}}}, "$ref": "#/$defs/a59"}}"##);
    assert!(with(&doubled, "a: 1").unwrap_err().contains("too much work"));
    let down = r##"{"$defs": {"a": {"allOf": [{"properties": {"x": {"$ref": "#/$defs/a"}}}, {"properties": {"x": {"$ref": "#/$defs/a"}}}]}}, "$ref": "#/$defs/a"}"##;
    let nested = format!("{}1{}", "{x: ".repeat(60), "}".repeat(60));
    assert!(with(down, &format!("x: {nested}")).unwrap_err().contains("too much work"));
    let large =
        r#"{"properties": {"a": {"type": "string", "pattern": "((((a{100}){100}){100}){100})"}}}"#;
    with(large, "a: b").unwrap_err();
    let branches = (0..10).fold(r#"{"type": "object"}"#.to_owned(), |inner, _| {
        format!(r#"{{"allOf": [{inner}, {inner}]}}"#)
    });
    with(&branches, "a: 1").ok();
}

#[test]
fn charts_that_name_themselves_or_climb_are_refused() {
    let metadata = |text: &str| Chart::load(&tree(&[("Chart.yaml", text)])).value.is_none();
    for name in [".", "..", "a/b", "../a"] {
        assert!(metadata(&format!("apiVersion: v2\nname: {name:?}\nversion: 1.0.0\n")), "{name}");
    }
    // A cycle needs the chart inside itself; `file://` alone fetches nothing.
    let error = outcome(
        &[("Chart.yaml", "apiVersion: v2\nname: bad\nversion: 1.0.0\ndependencies:\n- {name: bad, version: 1.0.0, repository: \"file://.\"}\n")],
        "",
    )
    .unwrap_err();
    assert!(error.contains("missing in charts/ directory: bad"), "{error}");
    let nested: Vec<String> =
        (1..40).map(|depth| format!("{}Chart.yaml", "charts/a/".repeat(depth))).collect();
    let files: Vec<(&str, &str)> = nested
        .iter()
        .map(|path| (path.as_str(), "apiVersion: v2\nname: a\nversion: 1.0.0\n"))
        .collect();
    assert!(outcome(&files, "").unwrap_err().contains("deep"));
}

#[test]
fn errors_do_not_quote_values_of_other_files() {
    let secret = "s3cr3t";
    let error = outcome(
        &[("templates/a.yaml", "a: {{ .Values.a.b.c }}"), ("secret.yaml", secret)],
        &format!("a: {{x: {secret}}}"),
    )
    .unwrap_err();
    assert!(!error.contains(secret), "{error}");
}

#[test]
fn too_much_output_is_refused_before_it_is_read() {
    let error = template(
        "{{ range until 20000 }}{{ printf \"- [{},{},{},{},{},{},{}]\\n- %s\" (repeat 300 \"x\") }}{{ end }}",
    );
    assert!(error.is_err() || error.is_ok_and(|text| text.len() < 8 << 20));
}
