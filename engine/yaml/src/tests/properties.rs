//! What holds for all values, and for all bytes.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};
use weir_model::{Data, Map, Source, Value};

use crate::{
    emit, emit_all, from_value, json, parse, read_documents, read_value, to_value, to_yaml,
};

/// Runs a property with a fixed seed.
fn check<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, rng).run(strategy, test).unwrap();
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,8}",
        "[ -~]{0,20}",
        "[a-z \n\t:#'\"\\-]{0,24}",
        "[a-zé\u{85}\u{A0}\u{2028}😀\r\n ]{0,12}",
        Just("yes".to_owned()),
        Just("0x1f".to_owned()),
        Just("1e3".to_owned()),
        Just("null".to_owned()),
        "[a-z ]{90,200}",
    ]
}

/// Go writes these, but reads something else: a merge key, and multi-line text that begins with a tab.
fn survives(text: &str) -> bool {
    text != "<<" && !(text.contains('\n') && text.trim_start_matches(['\n', ' ']).starts_with('\t'))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::null()),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>()
            .prop_filter("fits no i64", |number| i64::try_from(*number).is_err())
            .prop_map(|number| Value::new(Data::Uint(number))),
        any::<f64>()
            .prop_filter("is a fraction", |number| number.is_finite() && number.fract() != 0.0)
            .prop_map(|number| Value::new(Data::Float(number))),
        text().prop_filter("survives", |text| survives(text)).prop_map(Value::string),
    ];
    let key = || text().prop_filter("survives", |text| survives(text) && text.len() < 100);
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::list),
            prop::collection::vec((key(), inner), 0..5).prop_map(|entries| {
                Value::map(
                    entries.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>(),
                )
            }),
        ]
    })
}

#[test]
fn what_is_written_reads_the_same() {
    check(&value(), |value| {
        let text = to_yaml(&value);
        let read = read_value(text.as_bytes(), Source::default());
        prop_assert_eq!(read.as_ref(), Ok(&value), "{}", text);
        let text = json::write(&value);
        let read = json::read(text.as_bytes(), Source::default());
        prop_assert_eq!(read.as_ref(), Ok(&value), "{}", text);
        Ok(())
    });
}

#[test]
fn nodes_that_are_written_read_the_same() {
    check(&value(), |value| {
        let text = emit(&from_value(&value));
        let nodes = parse(text.as_bytes(), Source::default());
        prop_assert!(nodes.as_ref().is_ok_and(|nodes| nodes.len() == 1), "{}", text);
        let nodes = nodes.unwrap_or_default();
        prop_assert_eq!(emit_all(&nodes), text.clone());
        let read = to_value(&nodes[0]);
        prop_assert_eq!(read.as_ref(), Ok(&value), "{}", text);
        Ok(())
    });
}

/// A document with a little of everything.
const SEED: &str = "%YAML 1.1\n# head\n---\na: &x [1, {b: 'c'}, \"d\\n\"] # line\n? key\n: - |+2\n   text\n\n  - >-\n   folded\n   text\n<<: *x\n!!str 1: ~ # foot\n\n# end\n...\n--- !t\n- - b\n  -\n- é\n";

#[test]
fn no_input_panics() {
    let bytes = SEED.as_bytes();
    let pieces = prop_oneof![
        prop::sample::select(vec![
            "\n", " ", "\t", "- ", ": ", "? ", "# c\n", "&a ", "*a", "[", "]", "{", "}", ",", "|",
            ">", "'", "\"", "\\", "---\n", "...\n", "!", "%", "<<: ", "\u{85}", "\u{FEFF}"
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..3),
    ];
    let edit = (0..bytes.len(), 0..20usize, pieces);
    check(&prop::collection::vec(edit, 1..6), |edits| {
        let mut input = bytes.to_vec();
        for (at, removed, inserted) in edits {
            let at = at.min(input.len());
            let end = (at + removed).min(input.len());
            input.splice(at..end, inserted);
        }
        for value in read_documents(&input, Source::default()).into_iter().flatten() {
            drop(to_yaml(&value));
        }
        if let Ok(nodes) = parse(&input, Source::default()) {
            drop(emit_all(&nodes));
            nodes.iter().for_each(|node| drop(to_value(node)));
        }
        drop(json::read(&input, Source::default()));
        Ok(())
    });
}
