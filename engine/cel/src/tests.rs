//! Behaviours that the recorded vectors do not hold: the functions of Kubernetes, and hostile expressions.

use weir_model::{Map, Value};

use crate::{Library, Program, Val};

fn evaluate(text: &str) -> Result<String, String> {
    let program = Program::compile(text, Library::Kubernetes).map_err(|e| e.to_string())?;
    let object: Map = [
        ("name".into(), Value::from("web")),
        ("count".into(), Value::from(3_i64)),
        ("list".into(), Value::list(vec![Value::from(2_i64), Value::from(1_i64)])),
    ]
    .into_iter()
    .collect();
    let object = Value::map(object);
    let value = program
        .evaluate(&|name| (name == "self").then(|| Val::from(&object)))
        .map_err(|error| error.to_string())?;
    Ok(match value {
        Val::Bool(value) => value.to_string(),
        Val::Int(value) => value.to_string(),
        Val::Double(value) => value.to_string(),
        Val::String(text) => text.to_string(),
        other => other.type_name().to_owned(),
    })
}

#[test]
fn kubernetes_functions() {
    for (text, expected) in [
        ("self.list.isSorted()", "false"),
        ("self.list.sort() == [1, 2]", "true"),
        ("self.list.sum() + self.list.max() * self.list.min()", "5"),
        ("[1, 2, 3].indexOf(3)", "2"),
        ("'a1b22'.find('[0-9]+')", "1"),
        ("'a1b22'.findAll('[0-9]+') == ['1', '22']", "true"),
        ("isURL('https://example.org:80/path')", "true"),
        ("isURL('../path')", "false"),
        ("url('https://user@example.org:80/a%20b?x=1&x=2').getHost()", "example.org:80"),
        ("url('https://[::1]:80/').getHostname()", "::1"),
        ("url('https://example.org/?x=1&x=%202').getQuery() == {'x': ['1', ' 2']}", "true"),
        ("isQuantity('1.3Gi') && !isQuantity('1,3G')", "true"),
        ("quantity('1Gi').isGreaterThan(quantity('1000Mi'))", "true"),
        ("quantity('50k').add(20).asInteger()", "50020"),
        ("quantity('500m').asApproximateFloat()", "0.5"),
        ("quantity('1000m') == quantity('1')", "true"),
        ("isIP('::1') && !isIP('::ffff:1.2.3.4') && !isIP('1.2.3')", "true"),
        ("ip('10.0.0.1').family() + ip('::1').family()", "10"),
        ("cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"),
        ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", "true"),
        ("string(cidr('10.1.2.3/8').masked())", "10.0.0.0/8"),
        ("isCIDR('10.0.0.0/33')", "false"),
        ("semver('1.2.3').isLessThan(semver('1.10.0'))", "true"),
        ("isSemver('v1.0') || !isSemver('v1.0', true)", "false"),
        ("format.dns1123Label().validate('a-b').hasValue()", "false"),
        ("format.named('dns1123Label').value().validate('A').hasValue()", "true"),
        ("{'a': 1}.all(k, v, k == 'a' && v == 1)", "true"),
        ("[5, 6].transformList(i, v, i * v) == [0, 6]", "true"),
        ("{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}", "true"),
        ("self.?missing.orValue('x') + self.name", "xweb"),
    ] {
        assert_eq!(evaluate(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn deep_expressions_are_errors() {
    for text in [
        format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        "(".repeat(90_000),
        "[".repeat(90_000),
        format!("1{}", "+1".repeat(40_000)),
        format!("self{}", ".a".repeat(40_000)),
        format!("self{}", "[0]".repeat(30_000)),
        "1 ? ".repeat(20_000),
        "a.b(".repeat(20_000),
        "{1:".repeat(20_000),
    ] {
        assert!(Program::compile(&text, Library::Flux).is_err());
    }
    let deep = format!("{}1{}", "[".repeat(240), "]".repeat(240));
    assert_eq!(evaluate(&deep).as_deref(), Ok("list"));
}

#[test]
fn long_chains_of_and_are_no_depth() {
    let text = format!("true{}", " && true".repeat(5_000));
    assert_eq!(evaluate(&text).as_deref(), Ok("true"));
}

#[test]
fn costly_expressions_end() {
    let nested =
        "l.all(a, l.all(b, l.all(c, l.all(d, l.all(e, l.all(f, l.all(g, l.all(h, true))))))))";
    let text = format!("[[0,1,2,3,4,5,6,7,8,9]].all(l, {nested})");
    let doubled = "['xxxxxxxxxxxxxxxx'].map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a)";
    let grown = (0..40).fold(doubled.to_owned(), |text, _| format!("{text}.map(a, a+a)"));
    for text in [
        text.as_str(),
        &grown,
        "lists.range(100000000000).size()",
        "'a'.replace('', 'b').size() == lists.range(99999999).size()",
    ] {
        let program = Program::compile(text, Library::Kubernetes).unwrap();
        let result = program.evaluate_within(&|_| None, &mut { 100_000 });
        assert!(result.unwrap_err().is_cost(), "{text}");
    }
}

#[test]
fn types_are_told() {
    use crate::Type;
    let kind = |text: &str| {
        let variables = [("object", Type::object()), ("text", Type::string())];
        Program::compile_typed(text, Library::Flux, &variables).map(|(_, kind)| kind.to_string())
    };
    assert_eq!(kind("object.a == 1 && text.size() > 2").as_deref(), Ok("bool"));
    assert_eq!(kind("object.a.map(x, x + 1)").as_deref(), Ok("list(int)"));
    assert_eq!(kind("object.?a.orValue('b')").as_deref(), Ok("dyn"));
    assert!(kind("text + 1").is_err());
    assert!(kind("other").is_err());
    assert!(kind("text.size('x')").is_err());
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::with_cases(400) })]

        #[test]
        fn no_text_makes_it_panic(text in "[a-c0-9 ().,\\[\\]{}?:!<>=&|+*/%'\"\\\\é_\\-]{0,60}") {
            if let Ok(program) = Program::compile(&text, Library::Kubernetes) {
                drop(program.evaluate_within(&|_| Some(Val::Int(1)), &mut { 10_000 }));
            }
        }

        #[test]
        fn quantities_do_not_panic(text in "[-+0-9.]{0,45}[eEnumkKMGTPi]{0,3}[-0-9]{0,25}") {
            let _ = crate::Quantity::parse(&text);
        }
    }
}
