//! A diff for a pull request's comment, within the providers' limits.
//!
//! What does not fit is folded, in three steps, and the comment says how much: first the longest diffs go, then the last
//! objects of the largest units, then units. Counts are always there, and nothing is cut in the middle.

use std::fmt::Write;

use weir_plan::{Action, Changes, Hunk, LineKind, ObjectReview, Review, UnitReview, UnitState};

use super::diff_words::{folded, is_silent, name, notes, object_hunks, same_as, state, summary};
use super::{plural, safe};

/// By this line a comment of weir's is found again, to be updated in place.
pub(crate) const MARKER: &str = "<!-- weir diff -->";

/// What a provider's comments can hold.
#[derive(Clone, Debug)]
pub(crate) struct MarkdownStyle {
    /// How many characters a comment may have.
    pub(crate) limit: usize,
    /// Whether `> [!WARNING]` makes a box.
    pub(crate) alerts: bool,
    /// Lines of context around a change.
    pub(crate) context: usize,
    /// Where the full report is.
    pub(crate) report_url: Option<String>,
}

/// What the footer needs at most.
const FOOTER: usize = 400;

/// Diffs of more lines than this are closed at first.
const OPEN_LINES: usize = 40;

/// One object: its title, and the diff that may be folded.
struct Block {
    title: String,
    body: String,
    lines: usize,
    folded: bool,
}

/// One unit: its heading with notes, and its objects, of which the first are written and the others counted.
struct Section {
    heading: String,
    blocks: Vec<Block>,
    written: usize,
}

/// Returns the comment.
pub(crate) fn text(review: &Review<'_>, changes: &Changes, style: &MarkdownStyle) -> String {
    let head = head(review, changes, style);
    let mut sections: Vec<Section> =
        review.units.iter().map(|unit| section(review, unit, style)).collect();
    let budget = style.limit.saturating_sub(count(&head) + FOOTER);
    fold_diffs(&mut sections, budget);
    let left_out = fold_units(&mut sections, budget);
    unfold(&mut sections, budget);
    let mut text = head;
    for section in &sections {
        section.write(&mut text);
    }
    text.push_str(&footer(&sections, &left_out, style));
    text
}

/// Folds the longest diffs until the rest fits.
fn fold_diffs(sections: &mut [Section], budget: usize) {
    let mut size: usize = sections.iter().map(Section::size).sum();
    let mut order: Vec<(usize, usize, usize)> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let bodies = section.blocks.iter().enumerate();
        order.extend(bodies.map(|(place, block)| (count(&block.body), index, place)));
    }
    order.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, index, place) in order {
        if size <= budget {
            break;
        }
        let block = sections.get_mut(index).and_then(|section| section.blocks.get_mut(place));
        if let Some(block) = block.filter(|block| block.lines > 0) {
            size -= block.size();
            block.folded = true;
            size += block.size();
        }
    }
}

/// Leaves out the last objects of the largest units, then units from the end, until the rest fits. Returns the units
/// left out.
fn fold_units(sections: &mut Vec<Section>, budget: usize) -> Vec<Section> {
    let mut size: usize = sections.iter().map(Section::size).sum();
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(sections.get(*index).map(Section::size)));
    for index in order {
        let Some(section) = sections.get_mut(index) else { continue };
        while size > budget && section.written > 0 {
            size -= section.rest().len();
            section.written -= 1;
            size -= section.blocks.get(section.written).map_or(0, Block::size);
            size += section.rest().len();
        }
    }
    let mut left_out = Vec::new();
    while size > budget {
        let Some(section) = sections.pop() else { break };
        size -= section.size();
        left_out.push(section);
    }
    left_out
}

/// Opens diffs again, in their order, as long as there is room.
fn unfold(sections: &mut [Section], budget: usize) {
    let mut size: usize = sections.iter().map(Section::size).sum();
    for section in sections {
        for block in section.blocks.iter_mut().take(section.written).filter(|block| block.folded) {
            let more = count(&block.body).saturating_sub(count(&block.line()));
            if size + more <= budget {
                block.folded = false;
                size += more;
            }
        }
    }
}

impl Block {
    fn size(&self) -> usize {
        count(&self.title) + if self.folded { count(&self.line()) } else { count(&self.body) }
    }

    /// Stands in the place of a folded diff.
    fn line(&self) -> String {
        format!("\n{} folded\n", plural(self.lines, "line"))
    }
}

impl Section {
    fn size(&self) -> usize {
        let blocks = self.blocks.iter().take(self.written);
        count(&self.heading) + blocks.map(Block::size).sum::<usize>() + self.rest().len()
    }

    /// Stands in the place of the objects that are not written.
    fn rest(&self) -> String {
        match (self.blocks.len() - self.written.min(self.blocks.len()), self.written) {
            (0, _) => String::new(),
            (rest, 0) => format!("\n{}\n", plural(rest, "object")),
            (rest, _) => format!("\n… and {}\n", plural(rest, "more object")),
        }
    }

    fn write(&self, text: &mut String) {
        text.push_str(&self.heading);
        for block in self.blocks.iter().take(self.written) {
            text.push_str(&block.title);
            text.push_str(&if block.folded { block.line() } else { block.body.clone() });
        }
        text.push_str(&self.rest());
    }
}

fn head(review: &Review<'_>, changes: &Changes, style: &MarkdownStyle) -> String {
    let mut text = format!("{MARKER}\n### weir diff\n\n{}\n", summary(&changes.counts()));
    if let Some(folded) = folded(review, changes) {
        writeln!(text, "\n{folded}").ok();
    }
    let mut grave = Vec::new();
    for object in review.units.iter().flat_map(|unit| &unit.objects) {
        for consequence in object.consequences.iter().filter(|item| item.is_grave()) {
            grave.push(format!(
                "{}: {}",
                inline(&name(object)),
                inline_text(&consequence.to_string())
            ));
        }
    }
    if !grave.is_empty() {
        let start = if style.alerts { "> [!WARNING]\n" } else { "> **Look twice**\n" };
        write!(text, "\n{start}").ok();
        for line in grave.iter().take(20) {
            writeln!(text, "> - {line}").ok();
        }
        if grave.len() > 20 {
            writeln!(text, "> - and {} more", grave.len() - 20).ok();
        }
    }
    text
}

fn footer(sections: &[Section], left_out: &[Section], style: &MarkdownStyle) -> String {
    let (mut folded_lines, mut folded_objects) = (0, 0);
    for (section, written) in sections
        .iter()
        .map(|section| (section, section.written))
        .chain(left_out.iter().map(|section| (section, 0)))
    {
        for (index, block) in section.blocks.iter().enumerate() {
            folded_lines += if index >= written || block.folded { block.lines } else { 0 };
        }
        folded_objects += section.blocks.len().saturating_sub(written);
    }
    if folded_lines + folded_objects + left_out.len() == 0 {
        return match &style.report_url {
            Some(url) => format!("\n[full report]({url})\n"),
            None => String::new(),
        };
    }
    let mut parts = vec![plural(folded_lines, "line")];
    if folded_objects > 0 {
        parts.push(format!("the names of {}", plural(folded_objects, "object")));
    }
    if !left_out.is_empty() {
        parts.push(format!("{} as a whole", plural(left_out.len(), "unit")));
    }
    let place = match &style.report_url {
        Some(url) => format!("all is in the [full report]({url})"),
        None => "`weir diff` shows all".to_owned(),
    };
    format!("\n**Folded to fit a comment: {}; {place}.**\n", parts.join(", "))
}

fn section(review: &Review<'_>, unit: &UnitReview<'_>, style: &MarkdownStyle) -> Section {
    let id = inline(&unit.change.id.to_string());
    let mut heading = format!("\n#### {id}{}\n", state(&unit.change.state));
    let notes = notes(unit, "→");
    if !notes.is_empty() {
        heading.push('\n');
    }
    for note in notes {
        writeln!(heading, "- {}", inline_text(&note)).ok();
    }
    if let UnitState::Unknown { reasons, .. } = &unit.change.state {
        heading.push('\n');
        for reason in reasons {
            writeln!(heading, "- {}", inline(&reason.to_string())).ok();
        }
    }
    let shown = unit.objects.iter().filter(|object| !is_silent(object));
    let blocks: Vec<Block> = shown.map(|object| block(review, object, style.context)).collect();
    Section { heading, written: blocks.len(), blocks }
}

fn block(review: &Review<'_>, object: &ObjectReview<'_>, context: usize) -> Block {
    let action = match &object.change.action {
        Action::Add => "➕ add".to_owned(),
        Action::Change => "✏️ change".to_owned(),
        Action::Remove => "❌ remove".to_owned(),
        Action::Move { from } => format!("➡️ move from {}", inline(&from.to_string())),
        Action::Replace { from, .. } => format!("➡️ replace {} by", inline(&from.to_string())),
    };
    let mut title = format!("\n{action} {}", inline(&name(object)));
    if let Some(whose) = same_as(review, object) {
        write!(title, ", {}", inline_text(&whose)).ok();
    }
    if object.same > 0 {
        write!(title, ", and {} alike", plural(object.same, "object")).ok();
    }
    title.push('\n');
    let hunks = object_hunks(object, context);
    let lines = hunks.iter().map(|hunk| hunk.lines.len()).sum();
    Block { title, body: fenced(&hunks), lines, folded: false }
}

/// Returns hunks between fences; nothing when there are none.
pub(crate) fn fenced(hunks: &[Hunk]) -> String {
    let (diff, lines) = diff(hunks);
    if diff.is_empty() {
        return String::new();
    }
    // A fence must be longer than any that the content holds.
    let fence = "`".repeat(longest_run(&diff).max(2) + 1);
    let open = if lines > OPEN_LINES { "\n<details><summary>diff</summary>\n" } else { "" };
    let close = if lines > OPEN_LINES { "\n</details>\n" } else { "" };
    format!("{open}\n{fence}diff\n{diff}{fence}\n{close}")
}

fn diff(hunks: &[Hunk]) -> (String, usize) {
    let mut diff = String::new();
    let mut lines = 0;
    for hunk in hunks {
        writeln!(diff, "@@ {} @@", safe::line(&hunk.path)).ok();
        for line in &hunk.lines {
            let mark = match line.kind {
                LineKind::Context => ' ',
                LineKind::Removed => '-',
                LineKind::Added => '+',
            };
            writeln!(diff, "{mark}{}", safe::line(&line.text)).ok();
            lines += 1;
        }
    }
    (diff, lines)
}

fn count(text: &str) -> usize {
    text.chars().count()
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Writes text from the repository as code, so that it makes no links, mentions or markup.
pub(crate) fn inline(text: &str) -> String {
    let text = safe::line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Writes our own words around text from the repository: what could be markup is escaped, code spans of ours stay.
fn inline_text(text: &str) -> String {
    let text = safe::line(text);
    let mut escaped = String::with_capacity(text.len());
    let mut code = false;
    for character in text.chars() {
        match character {
            '`' => code = !code,
            '<' | '>' | '[' | ']' | '*' | '_' | '@' | '#' | '&' | '|' | '~' if !code => {
                escaped.push('\\');
            }
            _ => {}
        }
        escaped.push(character);
    }
    // An open code span would swallow what follows.
    if code {
        return inline(&text);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_repository_cannot_leave_its_code_span() {
        assert_eq!(inline("a `b` @c"), "``a `b` @c``");
        assert_eq!(inline("`x"), "`` `x ``");
        assert_eq!(inline_text("in `a_b` @c <x>"), r"in `a_b` \@c \<x\>");
        assert_eq!(inline_text("open ` @c"), "``open ` @c``");
    }
}
