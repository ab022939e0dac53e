//! Inputs that want to break the reader.

use weir_model::Source;

use crate::{json, parse, parse_first, read_value, to_value};

#[test]
fn deep_nesting_ends_in_an_error() {
    let deep = [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        (0..3_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
        (0..3_000)
            .map(|depth| format!("{0}a:\n{0}- \n", " ".repeat(depth * 2)))
            .collect::<String>(),
        (0..1_000).map(|depth| format!("a:\n{}- ", "  ".repeat(depth))).collect::<String>(),
    ];
    for text in deep {
        let error = read_value(text.as_bytes(), Source::default()).unwrap_err();
        assert!(error.message.ends_with("exceeded max depth of 200"), "{}", error.message);
        assert!(parse(text.as_bytes(), Source::default()).is_err());
    }
    assert!(json::read("[".repeat(100_000).as_bytes(), Source::default()).is_err());
}

#[test]
fn nesting_within_the_bound_fits_the_stack() {
    let text = format!("{}1{}", "[".repeat(190), "]".repeat(190));
    let value = read_value(text.as_bytes(), Source::default()).unwrap();
    assert_eq!(json::write(&value), text);
    assert_eq!(crate::to_yaml(&value), format!("{}1\n", "- ".repeat(190)));
    let nodes = parse(text.as_bytes(), Source::default()).unwrap();
    assert_eq!(to_value(&nodes[0]).unwrap(), value);
    assert_eq!(crate::emit(&nodes[0]), format!("{text}\n"));
}

#[test]
fn a_document_holds_so_many_nodes() {
    let text = b"a: [1, 2]\nb: 3\n";
    assert!(parse_first(text, Source::default(), 7).is_ok());
    let error = parse_first(text, Source::default(), 6).unwrap_err();
    assert_eq!(error.message, "yaml: document holds more than 6 keys and values");
    assert_eq!((error.at.line, error.column), (2, 4));
}

#[test]
fn aliases_grow_a_document_only_so_far() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let message = "yaml: document contains excessive aliasing";
    assert_eq!(read_value(bomb.as_bytes(), Source::default()).unwrap_err().message, message);
    let nodes = parse(bomb.as_bytes(), Source::default()).unwrap();
    assert_eq!(to_value(&nodes[0]).unwrap_err().message, message);

    // Few aliases of a long text are many bytes.
    let long = "x".repeat(4 << 20);
    let text = format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 90].join(", "));
    assert_eq!(read_value(text.as_bytes(), Source::default()).unwrap_err().message, message);
}

#[test]
fn an_anchor_may_not_contain_itself() {
    let message = "yaml: anchor 'a' value contains itself";
    let text = b"a: &a\n  b: *a\n";
    assert_eq!(read_value(text, Source::default()).unwrap_err().message, message);
    assert_eq!(to_value(&parse(text, Source::default()).unwrap()[0]).unwrap_err().message, message);
}

#[test]
fn many_keys_take_no_quadratic_time() {
    let keys: String = (0..50_000).map(|key| format!("{}: x\n", (key * 7919) % 50_000)).collect();
    assert_eq!(
        read_value(keys.as_bytes(), Source::default()).unwrap().as_map().unwrap().len(),
        50_000
    );
    let nodes = parse(keys.as_bytes(), Source::default()).unwrap();
    assert!(crate::decode(&nodes[0]).is_ok());
    let same = "a: x\n".repeat(50_000);
    assert!(to_value(&parse(same.as_bytes(), Source::default()).unwrap()[0]).is_err());
}
