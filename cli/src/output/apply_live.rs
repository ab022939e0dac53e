//! What happens during an apply, for people who watch: on a terminal a few lines that are drawn anew with every event, elsewhere
//! a line for each.

use std::io::{self, Write};

use weir_io_apply::{Event, Outcome};
use weir_model::ObjectId;
use weir_plan::{Plan, UnitId};

use super::apply_text::print_object;
use super::safe;
use super::style::{FAINT, HEADING, RESET};

/// How many waiting objects are shown.
const OBJECTS: usize = 8;

/// How many waiting units are shown.
const UNITS: usize = 4;

/// What is shown of an apply while it runs.
pub(crate) struct Watch {
    /// The columns of the terminal; none where lines are only added.
    columns: Option<usize>,
    /// Each unit with those that it needs.
    units: Vec<(UnitId, Vec<UnitId>)>,
    done: Vec<UnitId>,
    running: Option<Running>,
    /// How many lines are to be wiped before the next ones.
    drawn: usize,
}

/// The unit that is being applied.
struct Running {
    unit: UnitId,
    changed: usize,
    unchanged: usize,
    failed: usize,
    waiting: Vec<(ObjectId, String)>,
}

impl Watch {
    /// Starts to watch how a plan is applied; `columns` is how wide the terminal is, where there is one that can be drawn on.
    pub(crate) fn new(plan: &Plan, columns: Option<usize>) -> Self {
        let needs =
            |unit: &weir_plan::Unit| unit.parent.iter().chain(&unit.after).cloned().collect();
        let units = plan.units.iter().map(|unit| (unit.id.clone(), needs(unit))).collect();
        Self { columns, units, done: Vec::new(), running: None, drawn: 0 }
    }

    /// Shows an event.
    pub(crate) fn show(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        let is_news = self.note(event);
        match self.columns {
            Some(columns) => self.draw(columns, out),
            None if is_news => print(event, out),
            None => Ok(()),
        }
    }

    /// Wipes what was drawn.
    pub(crate) fn wipe(&mut self, out: &mut dyn Write) -> io::Result<()> {
        for _ in 0..std::mem::take(&mut self.drawn) {
            write!(out, "\u{1b}[1A\u{1b}[2K")?;
        }
        out.flush()
    }

    /// Remembers an event, and tells whether it says anything new.
    fn note(&mut self, event: &Event) -> bool {
        match event {
            Event::Unit(unit) => {
                self.running = Some(Running {
                    unit: unit.clone(),
                    changed: 0,
                    unchanged: 0,
                    failed: 0,
                    waiting: Vec::new(),
                });
                true
            }
            Event::Done(unit, _) => {
                self.running = None;
                self.done.push(unit.clone());
                false
            }
            Event::Object(_, object) => {
                let Some(running) = &mut self.running else { return true };
                let count = match &object.outcome {
                    outcome if outcome.is_failure() => &mut running.failed,
                    outcome if outcome.is_change() => &mut running.changed,
                    _ => &mut running.unchanged,
                };
                *count += 1;
                object.outcome != Outcome::Unchanged
            }
            Event::Waiting(_, objects) => {
                let Some(running) = &mut self.running else { return true };
                let is_news = running.waiting != *objects;
                running.waiting.clone_from(objects);
                is_news
            }
        }
    }

    fn draw(&mut self, columns: usize, out: &mut dyn Write) -> io::Result<()> {
        self.wipe(out)?;
        let lines = self.lines();
        for line in &lines {
            let text: String = safe::line(line).chars().take(columns.max(20) - 1).collect();
            writeln!(out, "{FAINT}{text}{RESET}")?;
        }
        self.drawn = lines.len();
        out.flush()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("applied {} of {} units", self.done.len(), self.units.len())];
        if let Some(running) = &self.running {
            let Running { unit, changed, unchanged, failed, waiting } = running;
            lines.push(format!(
                "  {unit}: {changed} changed, {unchanged} as wanted, {failed} failed"
            ));
            for (id, lacks) in waiting.iter().take(OBJECTS) {
                lines.push(format!("    waiting for {id}: {lacks}"));
            }
            if waiting.len() > OBJECTS {
                lines.push(format!("    and for {} more", waiting.len() - OBJECTS));
            }
        }
        let is_running = |unit: &UnitId| self.running.as_ref().is_some_and(|it| it.unit == *unit);
        let left = self.units.iter().filter(|(unit, _)| !self.done.contains(unit));
        let held = left.filter(|(unit, _)| !is_running(unit)).filter_map(|(unit, needs)| {
            let need = needs.iter().find(|need| !self.done.contains(need))?;
            Some(format!("  {unit}: waits for {need}"))
        });
        lines.extend(held.take(UNITS));
        lines
    }
}

fn print(event: &Event, out: &mut dyn Write) -> io::Result<()> {
    match event {
        Event::Unit(unit) => {
            let id = unit.to_string();
            writeln!(out, "{HEADING}applying {}{RESET}", safe::line(&id))
        }
        Event::Done(..) => Ok(()),
        Event::Object(_, object) => print_object(object, out),
        Event::Waiting(_, objects) => {
            let shown: Vec<String> =
                objects.iter().take(3).map(|(id, lacks)| format!("{id} ({lacks})")).collect();
            let more = if objects.len() > shown.len() { ", …" } else { "" };
            writeln!(out, "{FAINT}waiting for {}{more}{RESET}", safe::line(&shown.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weir_io_apply::{ObjectReport, UnitOutcome};
    use weir_model::{Digest, Origin};
    use weir_plan::{Body, Unit, UnitKind};

    use super::*;

    fn id(name: &str) -> UnitId {
        UnitId { kind: UnitKind::Kustomization, namespace: "f".into(), name: name.into() }
    }

    fn plan() -> Plan {
        let unit = |name: &str, after: &[&str]| Unit {
            id: id(name),
            parent: None,
            after: after.iter().map(|name| id(name)).collect(),
            source: None,
            origin: Origin::default(),
            suspended: false,
            input: Digest::of(name.as_bytes()),
            body: Body::Ready(Arc::default()),
        };
        Plan::new(vec![unit("infra", &[]), unit("apps", &["infra"]), unit("late", &["apps"])])
    }

    fn happens() -> Vec<Event> {
        let web = ObjectId::new("apps", "Deployment", Some("a"), "web");
        let object = |outcome| ObjectReport { id: web.clone(), origin: Origin::default(), outcome };
        let waiting = Event::Waiting(id("apps"), vec![(web.clone(), "0 of 1\u{1b}[1m".into())]);
        vec![
            Event::Unit(id("infra")),
            Event::Done(id("infra"), UnitOutcome::Done),
            Event::Unit(id("apps")),
            Event::Object(id("apps"), object(Outcome::Unchanged)),
            Event::Object(id("apps"), object(Outcome::Created)),
            waiting.clone(),
            waiting,
        ]
    }

    fn shown(columns: Option<usize>) -> String {
        let mut out = Vec::new();
        let mut watch = Watch::new(&plan(), columns);
        for event in happens() {
            if columns.is_some() {
                out.clear();
            }
            watch.show(&event, &mut out).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        text.replace(&RESET.to_string(), "").replace(&FAINT.to_string(), "")
    }

    #[test]
    fn a_terminal_shows_who_waits_for_whom() {
        insta::assert_snapshot!(shown(Some(60)).replace("\u{1b}[1A\u{1b}[2K", "^"), @r"
        ^^^^applied 1 of 3 units
          Kustomization/f/apps: 1 changed, 1 as wanted, 0 failed
            waiting for Deployment/a/web: 0 of 1\u{1b}[1m
          Kustomization/f/late: waits for Kustomization/f/apps
        ");
    }

    #[test]
    fn elsewhere_what_is_new_is_a_line() {
        let text = shown(None);
        assert_eq!(text.matches("waiting for").count(), 1, "{text}");
        assert_eq!(text.matches("created").count(), 1, "{text}");
        assert!(!text.contains("\u{1b}[1m0") && !text.contains("unchanged"), "{text}");
    }
}
