//! Whole templates: what the conformance vectors cannot show.

use std::any::Any;
use std::sync::Arc;

use smol_str::SmolStr;
use weir_model::{Limits, Meter};

use crate::{
    Context, Error, Function, Functions, List, Map, MissingKey, Object, Output, Set, Type, Value,
};

struct Chart {
    nil: bool,
}

const GREET: Function = Function::new("Greet", &[Type::String], |_, args| {
    let known = args.receiver::<Chart>().is_some();
    Ok(format!("{} {known}", args.text(0)).into())
});

impl Object for Chart {
    fn type_name(&self) -> &'static str {
        "*chart.Metadata"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_nil(&self) -> bool {
        self.nil
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Name" => Some("web".into()),
            "Keywords" => Some(Value::List(List::strings(["a", "b"]))),
            _ => None,
        }
    }

    fn fields(&self) -> &'static [&'static str] {
        &["Name", "Keywords"]
    }

    fn method(&self, name: &str) -> Option<&'static Function> {
        (name == "Greet").then_some(&GREET)
    }
}

const TABLE: &[Function] = &[
    Function::new("include", &[Type::String, Type::Any], |context, args| {
        let mut out = Output::new();
        context.execute(&args.text(0), args.value(1), &mut out)?;
        Ok(Value::from_bytes(out.into_bytes()))
    }),
    Function::new("tpl", &[Type::String, Type::Any], |context, args| {
        let mut set = Set::on(context.set());
        set.parse("inner", &args.text(0), context.functions())?;
        let mut out = Output::new();
        context.execute_in(&Arc::new(set), "inner", args.value(1), &mut out)?;
        Ok(Value::from_bytes(out.into_bytes()))
    }),
    Function::new("set", &[Type::MAP, Type::String, Type::Any], |_, args| {
        args.map(0).insert(SmolStr::new(args.text(1)), args.value(2).clone());
        Ok(Value::Map(args.map(0)))
    }),
    Function::new("wrap", &[Type::Any], |_, args| Ok(Value::list(vec![args.value(0).clone()]))),
];

fn run(text: &str, limits: Limits) -> (String, Result<(), Error>) {
    let functions = Functions::new(&[TABLE]);
    let mut set = Set::named("set");
    if let Err(error) = set.parse("t", text, &functions) {
        return (String::new(), Err(error));
    }
    let data: Map = [
        ("chart", Value::object(Chart { nil: false })),
        ("nothing", Value::object(Chart { nil: true })),
        ("map", Value::Map(Map::new())),
        ("raw", Value::from_bytes(b"a\xffb".to_vec())),
    ]
    .into_iter()
    .map(|(key, value)| (key.into(), value))
    .collect();
    let mut meter = Meter::new(limits);
    let mut out = Output::new();
    let result = Context::new(&Arc::new(set), &functions, MissingKey::Invalid, &mut meter, &())
        .execute("t", &data.into(), &mut out);
    (out.into_text(), result)
}

fn check(text: &str, want: &str) {
    let got = match run(text, Limits::default()) {
        (text, Ok(())) => text,
        (_, Err(error)) => error.to_string(),
    };
    assert_eq!(got, want, "{text}");
}

#[test]
fn structs_have_fields_methods_and_nil() {
    check("{{.chart.Name}} {{.chart}} {{printf \"%v\" .chart}}", "web {web [a b]} &{web [a b]}");
    check("{{.chart.Greet \"hi\"}} {{\"ho\" | .chart.Greet}}", "hi true ho true");
    check(
        "{{.chart.Greet}}",
        r#"template: t:1:8: executing "t" at <.chart.Greet>: wrong number of args for Greet: want 1 got 0"#,
    );
    check(
        "{{.chart.Other}}",
        r#"template: t:1:8: executing "t" at <.chart.Other>: can't evaluate field Other in type interface {}"#,
    );
    check(
        "{{.nothing.Name}}",
        r#"template: t:1:10: executing "t" at <.nothing.Name>: nil pointer evaluating interface {}.Name"#,
    );
    check("{{if .nothing}}yes{{else}}no{{end}} {{.nothing}}", "no <nil>");
}

#[test]
fn functions_run_templates_and_change_maps() {
    check(
        r#"{{define "a"}}[{{.}}]{{end}}{{include "a" 1}}{{tpl "{{include \"a\" .}}" 2}}"#,
        "[1][2]",
    );
    check(
        r#"{{$_ := set .map "k" 1}}{{.map}}{{range $k, $v := .map}}{{$_ := set $.map "l" 2}}{{$k}}{{end}}"#,
        "map[k:1]k",
    );
    check(
        r#"{{define "a"}}{{.x.y}}{{end}}{{include "a" 1}}"#,
        "template: t:1:31: executing \"t\" at <include \"a\" 1>: error calling include: \
         template: t:1:18: executing \"a\" at <.x.y>: can't evaluate field x in type int",
    );
    check(
        r#"{{include "b" 1}}"#,
        "template: t:1:2: executing \"t\" at <include \"b\" 1>: error calling include: \
         template: no template \"b\" associated with template \"set\"",
    );
}

#[test]
fn strings_may_be_any_bytes() {
    check("{{len .raw}} {{printf \"%q %x\" .raw .raw}}", r#"3 "a\xffb" 61ff62"#);
    check("{{js .raw | urlquery}}", "a%FFb");
}

#[test]
fn hostile_templates_end_in_errors() {
    let nested =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let deep = [
        nested("{{if true}}", "{{end}}"),
        nested("{{if true}}{{else}}", "{{end}}"),
        nested("{{block \"a\" .}}", "{{end}}"),
        format!("{{{{{}}}}}", nested("(", ")")),
        format!("{{{{if true}}}}{}{{{{end}}}}", "{{else if true}}".repeat(100_000)),
    ];
    for text in deep {
        assert!(run(&text, Limits::default()).1.is_err());
    }
    let endless = [
        r#"{{define "a"}}{{template "a"}}{{end}}{{template "a"}}"#,
        r#"{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}"#,
        r#"{{define "a"}}{{tpl "{{include \"a\" .}}" .}}{{end}}{{include "a" .}}"#,
        "{{range 1000000000000}}x{{end}}",
    ];
    let limits = Limits { steps: 1_000_000, bytes: 1_000_000, depth: 1_000 };
    for text in endless {
        let (_, result) = run(text, limits);
        assert!(result.unwrap_err().exhausted().is_some(), "{text}");
    }
}

#[test]
fn deep_and_circular_values_are_printed_and_dropped() {
    let limits = Limits::default();
    let (text, result) = run("{{$x := 1}}{{range 200000}}{{$x = wrap $x}}{{end}}{{$x}}", limits);
    assert!(result.is_ok() && text.starts_with("[[[["));
    let (_, result) = run(r#"{{$_ := set .map "me" .map}}{{.map}}"#, limits);
    assert!(result.is_ok());
}

#[test]
fn each_line_of_output_knows_its_template_line() {
    let functions = Functions::default();
    let mut set = Set::new();
    set.parse("f", "a\n{{if true}}\nb\n{{end -}}\n\n\nc {{.}}\nd", &Functions::new(&[])).unwrap();
    let mut out = Output::new();
    let mut meter = Meter::default();
    let result = Context::new(&Arc::new(set), &functions, MissingKey::Invalid, &mut meter, &())
        .execute("f", &"x\ny".into(), &mut out);
    result.unwrap();
    let lines: Vec<u32> = out.lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(String::from_utf8_lossy(out.as_bytes()), "a\n\nb\nc x\ny\nd");
    assert_eq!(lines, [1, 2, 3, 7, 7, 8]);
}
