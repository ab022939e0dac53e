//! What a traced run remembers: for each piece of output the values that were read for it and the templates that were run
//! for it, so that a line can be followed to the innermost template line that wrote it.
//!
//! Nothing of this is kept, and next to nothing paid, unless [`Context::trace`](crate::Context::trace) asks for it.

use std::collections::BTreeSet;
use std::rc::Rc;

use smol_str::SmolStr;

use crate::output::Span;
use crate::{Output, Value};

/// A value that was read: the path of names, and what they were followed from.
#[derive(Clone)]
pub struct Read {
    /// The map or object that the first name was looked up in.
    pub from: Value,
    /// The names, such as `Values`, `image`, `tag`.
    pub names: Vec<SmolStr>,
    /// What was found.
    pub value: Value,
}

/// A template that was run into a text of its own, by `include` or `tpl`.
#[derive(Clone)]
pub struct Run {
    /// The template's name.
    pub template: SmolStr,
    /// What it wrote.
    pub output: Rc<Output>,
}

/// What was read and run for a piece of output or a variable.
#[derive(Clone, Default)]
pub(crate) struct Piece {
    reads: Vec<Read>,
    runs: Vec<Run>,
    /// The pieces of the variables that were used.
    used: Vec<Rc<Self>>,
}

/// How much is remembered for one piece; what goes beyond says no more about where a line came from.
const KEPT: usize = 256;

impl Piece {
    /// Notes that a name was looked up. A look-up in what the last one found goes on from it.
    pub(crate) fn read(&mut self, from: &Value, name: &str, value: &Value) {
        let identity = from.identity();
        if let Some(last) = self.reads.last_mut()
            && identity.is_some()
            && last.value.identity() == identity
        {
            last.names.push(SmolStr::new(name));
            last.value = value.clone();
        } else if self.reads.len() < KEPT {
            let (from, value) = (from.clone(), value.clone());
            self.reads.push(Read { from, names: vec![SmolStr::new(name)], value });
        }
    }

    pub(crate) fn ran(&mut self, template: &str, output: Rc<Output>) {
        if self.runs.len() < KEPT {
            self.runs.push(Run { template: SmolStr::new(template), output });
        }
    }

    pub(crate) fn uses(&mut self, piece: &Rc<Self>) {
        if self.used.len() < KEPT && !self.used.iter().any(|known| Rc::ptr_eq(known, piece)) {
            self.used.push(Rc::clone(piece));
        }
    }

    /// Calls `visit` for the piece and all that it uses, each once.
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        let mut seen = BTreeSet::new();
        let mut open = vec![self];
        while let Some(piece) = open.pop() {
            if seen.insert(std::ptr::from_ref(piece).addr()) && seen.len() <= KEPT {
                visit(piece);
                open.extend(piece.used.iter().map(|piece| &**piece));
            }
        }
    }
}

/// A template line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateLine {
    /// The name under which the template was run; that of its file for a file.
    pub template: SmolStr,
    /// The file.
    pub file: SmolStr,
    /// The line in the file, from 1.
    pub line: u32,
}

/// Where a line of output came from.
#[derive(Clone, Default)]
pub struct LineTrace {
    /// The template lines, each run by the one before it; the last wrote the line.
    pub templates: Vec<TemplateLine>,
    /// What was read for it.
    pub reads: Vec<Read>,
}

/// How many templates within templates are followed.
const MAX_DEPTH: usize = 100;

impl Output {
    /// Follows a line, counted from 0, to where it came from. Gives template lines alone when the run was not traced.
    pub fn trace(&self, template: &str, line: usize) -> LineTrace {
        let mut trace = LineTrace::default();
        self.follow(template, line, &mut trace, 0);
        trace
    }

    fn follow(&self, template: &str, line: usize, trace: &mut LineTrace, depth: usize) {
        let Some((start, end)) = self.line_range(line) else { return };
        let spans = self.spans_in(start, end);
        // The line is named after what first writes something visible on it.
        let is_visible = |span: &&Span<'_>| !span.text(self, start, end).trim().is_empty();
        let Some(named) = spans.iter().find(is_visible).or_else(|| spans.first()) else { return };
        trace.templates.push(TemplateLine {
            template: template.into(),
            file: named.template.clone(),
            line: named.line,
        });
        let mut followed = false;
        for span in &spans {
            let Some(piece) = span.piece else { continue };
            if !followed && depth < MAX_DEPTH {
                let wanted = span.text(self, start, end);
                let first = self.line_at(span.start);
                let alike = self.lines_like(wanted).iter();
                let skip = alike.filter(|number| (first..line).contains(*number)).count();
                if let Some((run, line)) = source(piece, wanted, skip) {
                    run.output.follow(&run.template, line, trace, depth + 1);
                    followed = true;
                }
            }
            piece.each(&mut |piece| {
                if trace.reads.len() < KEPT {
                    trace.reads.extend(piece.reads.iter().cloned());
                }
            });
        }
    }

    pub(crate) fn text_between(&self, start: usize, end: usize) -> &str {
        let bytes = self.as_bytes().get(start..end).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl Span<'_> {
    /// Returns what of the span lies within a range.
    fn text<'a>(&self, output: &'a Output, start: usize, end: usize) -> &'a str {
        output.text_between(self.start.max(start), self.end.min(end))
    }
}

/// Finds the run of a template that a text came from, and the line of it: of several equal ones the one that comes after
/// as many.
fn source<'a>(piece: &'a Piece, wanted: &str, skip: usize) -> Option<(&'a Run, usize)> {
    if wanted.trim().is_empty() {
        return None;
    }
    let mut found = None;
    piece.each(&mut |piece| {
        for run in &piece.runs {
            if found.is_none() {
                let lines = run.output.lines_like(wanted);
                let line = lines.get(skip).or_else(|| lines.last());
                found = line.map(|line| (run, *line));
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weir_model::Meter;

    use crate::{Context, Function, Functions, Map, MissingKey, Output, Set, Type, Value};

    const TABLE: &[Function] = &[
        Function::new("include", &[Type::String, Type::Any], |context, args| {
            let mut output = Output::new();
            let name = args.text(0);
            context.execute(&name, args.value(1), &mut output)?;
            Ok(Value::from_bytes(context.ran(&name, output)))
        }),
        Function::new("indent", &[Type::String], |_, args| {
            Ok(args.text(0).lines().map(|line| format!("\n  {line}")).collect::<String>().into())
        }),
    ];

    fn traced(template: &str, line: usize) -> (Vec<String>, Vec<String>) {
        let functions = Functions::new(&[TABLE]);
        let mut set = Set::new();
        set.parse("t.yaml", template, &functions).unwrap();
        let inner: Map = [("tag".into(), Value::from("1.2")), ("name".into(), Value::from("web"))]
            .into_iter()
            .collect();
        let data: Map = [("image".into(), Value::Map(inner))].into_iter().collect();
        let mut meter = Meter::default();
        let mut context =
            Context::new(&Arc::new(set), &functions, MissingKey::Zero, &mut meter, &());
        context.trace();
        let mut output = Output::new();
        context.execute("t.yaml", &Value::Map(data), &mut output).unwrap();
        let trace = output.trace("t.yaml", line);
        let templates =
            trace.templates.iter().map(|at| format!("{}:{}", at.template, at.line)).collect();
        (templates, trace.reads.iter().map(|read| read.names.join(".")).collect())
    }

    #[test]
    fn a_line_is_followed_through_templates_indentation_and_variables() {
        let all = "{{ define \"labels\" }}a: b\ntag: {{ .image.tag }}\n{{ end -}}\nkind: A\n{{ $x := .image.name -}}\nname: {{ $x }}\nlabels: {{ include \"labels\" . | indent }}\n{{ with .image.name }}dot: {{ . }}{{ end }}\n";
        let lines = |found: (Vec<String>, Vec<String>)| (found.0.join(" "), found.1.join(" "));
        assert_eq!(lines(traced(all, 0)), ("t.yaml:4".into(), String::new()));
        assert_eq!(lines(traced(all, 1)), ("t.yaml:6".into(), "image.name".into()));
        assert_eq!(lines(traced(all, 3)), ("t.yaml:7 labels:1".into(), String::new()));
        assert_eq!(lines(traced(all, 4)), ("t.yaml:7 labels:2".into(), "image.tag".into()));
        assert_eq!(lines(traced(all, 5)), ("t.yaml:8".into(), "image.name".into()));
    }
}
