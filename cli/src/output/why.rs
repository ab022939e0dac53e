//! Where a field came from, for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use weir_evaluate::{Link, LinkKind, Place, Within};
use weir_io_source::Written;
use weir_model::{FieldPath, Value};
use weir_plan::{PlanObject, Unit, hide_id};

use super::json::{identity, map};
use super::style::{FAINT, HEADING, RESET};
use super::{plural, safe};

/// How many fields a summary lists.
const FIELDS: usize = 60;
/// How much of a value is shown.
const VALUE: usize = 120;

/// What `weir why` found out.
pub(crate) struct Answer<'plan> {
    pub(crate) unit: &'plan Unit,
    pub(crate) object: &'plan PlanObject,
    /// Where the unit's Flux object is written.
    pub(crate) made_at: Option<Place>,
    /// The chart of a release: its name and version.
    pub(crate) chart: Option<String>,
    /// The fields, their values with secrets hidden, and their ways.
    pub(crate) fields: Vec<(FieldPath, Value, Vec<Link>)>,
    /// Whether all fields were asked for.
    pub(crate) is_summary: bool,
}

/// Says who wrote a place.
type Authors<'a> = &'a mut dyn FnMut(&Place) -> Option<Written>;

/// Prints the answer for a person.
pub(crate) fn print(
    answer: &Answer<'_>,
    authors: Authors<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Answer { unit, object, made_at, chart, fields, is_summary } = answer;
    let id = hide_id(&object.id, &object.manifest);
    writeln!(out, "{HEADING}{}{RESET}", safe::line(&id.to_string()))?;
    write!(out, "made by {}", safe::line(&unit.id.to_string()))?;
    if let Some(source) = &unit.source {
        let path = if source.path.is_empty() { "." } else { &source.path };
        let what = chart.as_ref().map_or_else(|| path.to_owned(), |chart| format!("chart {chart}"));
        write!(out, " from {} of {}", safe::line(&what), safe::line(&source.id.to_string()))?;
        if !source.revision.is_empty() {
            write!(out, " at {}", safe::line(&source.revision))?;
        }
    }
    writeln!(out)?;
    if let Some(place) = made_at {
        writeln!(out, "  {}", at(place))?;
        author(place, "  ", authors, out)?;
    }
    if *is_summary {
        return summary(fields, authors, out);
    }
    for (path, value, links) in fields {
        let name =
            if path.0.is_empty() { "(the whole object)".to_owned() } else { path.to_string() };
        writeln!(out, "\n{HEADING}{}{RESET}{}", safe::line(&name), equals(Some(value)))?;
        if links.is_empty() {
            writeln!(out, "  it is not known where this came from")?;
        }
        print_links(links, 1, authors, out)?;
    }
    Ok(())
}

fn print_links(
    links: &[Link],
    depth: usize,
    authors: Authors<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    for link in links {
        let value = equals(link.value.as_ref());
        writeln!(out, "{indent}{}{value}", safe::line(&link.title))?;
        if let Some(place) = &link.place {
            writeln!(out, "{indent}  {}", at(place))?;
            author(place, &format!("{indent}  "), authors, out)?;
        }
        print_links(&link.causes, depth + 1, authors, out)?;
    }
    Ok(())
}

fn author(
    place: &Place,
    indent: &str,
    authors: Authors<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match authors(place) {
        Some(Written::By(commit)) => writeln!(
            out,
            "{indent}{FAINT}{} {} {}: {}{RESET}",
            commit.id.get(..9).unwrap_or(&commit.id),
            commit.date,
            safe::line(&commit.author),
            safe::line(&commit.summary)
        ),
        Some(Written::Uncommitted) => writeln!(out, "{indent}{FAINT}not committed{RESET}"),
        None => Ok(()),
    }
}

/// Lists the files that an object came from, with how many fields each gave, and the fields.
fn summary(
    fields: &[(FieldPath, Value, Vec<Link>)],
    authors: Authors<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut files: BTreeMap<String, usize> = BTreeMap::new();
    for (_, value, links) in fields {
        if let Some(place) = decisive(value, links) {
            *files.entry(file(place)).or_default() += 1;
        }
    }
    let mut files: Vec<(String, usize)> = files.into_iter().collect();
    files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    writeln!(out, "\n{}", plural(fields.len(), "field"))?;
    for (file, count) in &files {
        writeln!(out, "  {count:>4} from {}", safe::line(file))?;
    }
    writeln!(out)?;
    for (path, value, links) in fields.iter().take(FIELDS) {
        writeln!(out, "{}{}", safe::line(&path.to_string()), equals(Some(value)))?;
        match decisive(value, links) {
            Some(place) => {
                write!(out, "  {FAINT}{}", at(place))?;
                if let Some(Written::By(commit)) = authors(place) {
                    let id = commit.id.get(..9).unwrap_or(&commit.id);
                    write!(out, ", {id} {}", safe::line(&commit.author))?;
                }
                writeln!(out, "{RESET}")?;
            }
            None => writeln!(out, "  {FAINT}unknown{RESET}")?,
        }
    }
    if fields.len() > FIELDS {
        writeln!(out, "and {} more; `-o json` lists all", plural(fields.len() - FIELDS, "field"))?;
    }
    Ok(())
}

/// Returns the place that someone would change to change the field: a value or variable before the template or text
/// that uses it.
fn decisive<'a>(value: &Value, links: &'a [Link]) -> Option<&'a Place> {
    let text = plain(value);
    let shows =
        |link: &&Link| link.value.as_ref().is_some_and(|value| text.contains(&plain(value)));
    let given = links
        .iter()
        .filter(|link| matches!(link.kind, LinkKind::Value | LinkKind::Variable))
        .filter(shows);
    given
        .flat_map(|link| {
            link.place.iter().chain(link.causes.iter().find_map(|cause| cause.place.as_ref()))
        })
        .chain(links.iter().find_map(|link| link.place.as_ref()))
        .next()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| weir_yaml::json::write(value), str::to_owned)
}

fn file(place: &Place) -> String {
    let name = place.origin.source.name();
    match &place.within {
        Within::Repository => name.to_string(),
        Within::Chart(chart) => format!("{name} (chart {chart})"),
        Within::Source(source) => format!("{name} ({source})"),
    }
}

fn at(place: &Place) -> String {
    let origin = safe::line(&place.origin.to_string()).into_owned();
    match &place.within {
        Within::Repository => origin,
        Within::Chart(chart) => format!("{origin} (chart {})", safe::line(chart)),
        Within::Source(source) => format!("{origin} ({})", safe::line(source)),
    }
}

/// Writes a value behind an equals sign, cut where it gets long; what holds others is left out.
fn equals(value: Option<&Value>) -> String {
    let Some(value) = value else { return String::new() };
    let text = match value.kind() {
        "map" | "list" if !is_empty(value) => return String::new(),
        _ if value.as_str() == Some("") => "\"\"".to_owned(),
        _ => plain(value),
    };
    let mut shown: String = text.chars().take(VALUE).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!(" = {}", safe::line(&shown))
}

fn is_empty(value: &Value) -> bool {
    value.as_map().is_some_and(weir_model::Map::is_empty)
        || value.as_list().is_some_and(<[Value]>::is_empty)
}

/// Returns the answer as one value.
pub(crate) fn value(answer: &Answer<'_>, authors: Authors<'_>) -> Value {
    let Answer { unit, object, made_at, chart, fields, is_summary: _ } = answer;
    let object = map(identity(&hide_id(&object.id, &object.manifest)));
    let mut made = vec![
        ("kind", Value::from(unit.id.kind.as_str())),
        ("namespace", Value::string(unit.id.namespace.clone())),
        ("name", Value::string(unit.id.name.clone())),
    ];
    if let Some(source) = &unit.source {
        let source = [
            ("object", Value::string(source.id.to_string())),
            ("path", source.path.as_str().into()),
            ("revision", source.revision.as_str().into()),
        ];
        made.push(("source", map(source)));
    }
    if let Some(chart) = chart {
        made.push(("chart", chart.as_str().into()));
    }
    if let Some(place) = made_at {
        made.push(("at", place_value(place, authors)));
    }
    let mut all = Vec::with_capacity(fields.len());
    for (path, value, links) in fields {
        all.push(map([
            ("path", Value::string(path.to_string())),
            ("value", value.clone()),
            ("chain", links_value(links, authors)),
        ]));
    }
    map([("object", object), ("unit", map(made)), ("fields", all.into())])
}

fn links_value(links: &[Link], authors: Authors<'_>) -> Value {
    let mut all = Vec::with_capacity(links.len());
    for link in links {
        let mut entries =
            vec![("kind", Value::from(link.kind.word())), ("title", link.title.as_str().into())];
        if let Some(place) = &link.place {
            entries.push(("at", place_value(place, authors)));
        }
        if let Some(value) = &link.value {
            entries.push(("value", value.clone()));
        }
        if !link.causes.is_empty() {
            entries.push(("causes", links_value(&link.causes, authors)));
        }
        all.push(map(entries));
    }
    all.into()
}

fn place_value(place: &Place, authors: Authors<'_>) -> Value {
    let mut entries = vec![("file", Value::string(place.origin.source.name()))];
    if place.origin.line > 0 {
        entries.push(("line", i64::from(place.origin.line).into()));
    }
    match &place.within {
        Within::Repository => {}
        Within::Chart(chart) => entries.push(("chart", chart.as_str().into())),
        Within::Source(source) => entries.push(("source", source.as_str().into())),
    }
    match authors(place) {
        Some(Written::By(commit)) => entries.push(("commit", super::log::commit_value(&commit))),
        Some(Written::Uncommitted) => entries.push(("committed", false.into())),
        None => {}
    }
    map(entries)
}
