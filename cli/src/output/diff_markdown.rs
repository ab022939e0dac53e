//! A diff for a pull request's comment, within the providers' limit.

use std::fmt::Write;

use weir_plan::{Action, Changes, LineKind, ObjectChange, UnitChange, UnitState};

use super::diff_text::{object_hunks, side_words, summary};
use super::{plural, safe};

/// How many characters a comment may have; GitHub allows 65,536.
pub(crate) const LIMIT: usize = 65_000;

/// One object, long and short. The short form stands in where the long ones would exceed the limit.
struct Block {
    unit: usize,
    title: String,
    body: String,
    lines: usize,
    folded: bool,
}

/// Returns the comment. What does not fit is folded into a line that says so, the longest diffs first; the counts and
/// the names of units are always there.
pub(crate) fn text(changes: &Changes, context: usize) -> String {
    let mut blocks: Vec<Block> = changes
        .units
        .iter()
        .enumerate()
        .flat_map(|(index, unit)| {
            unit.objects.iter().map(move |object| block(index, object, context))
        })
        .collect();
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(blocks[*index].body.len()));
    let mut text = assemble(changes, &blocks, true);
    // Folding one block at a time would assemble the text as often; the sum tells how many must go.
    let mut size = text.chars().count();
    for index in order {
        if size <= LIMIT {
            break;
        }
        size -= blocks[index].body.chars().count().min(size);
        size += folded_line(blocks[index].lines).chars().count();
        blocks[index].folded = true;
    }
    text = assemble(changes, &blocks, true);
    if text.chars().count() > LIMIT {
        text = assemble(changes, &blocks, false);
    }
    if text.chars().count() > LIMIT {
        let note = "\n\n**The list is cut here: there are more units than a comment can hold. Run `weir diff` for all.**\n";
        text = text.chars().take(LIMIT - note.len()).collect();
        text.push_str(note);
    }
    text
}

fn assemble(changes: &Changes, blocks: &[Block], objects: bool) -> String {
    let mut text = format!("### weir diff\n\n{}\n", summary(&changes.counts()));
    for (index, unit) in changes.units.iter().enumerate() {
        unit_heading(unit, &mut text);
        if !objects {
            let count = blocks.iter().filter(|block| block.unit == index).count();
            writeln!(text, "\n{} left out: run `weir diff` to see them", plural(count, "object"))
                .ok();
            continue;
        }
        for block in blocks.iter().filter(|block| block.unit == index) {
            text.push_str(&block.title);
            if block.folded {
                text.push_str(&folded_line(block.lines));
            } else {
                text.push_str(&block.body);
            }
        }
    }
    text
}

fn folded_line(lines: usize) -> String {
    format!(
        "\n{} left out to fit the comment: run `weir diff` to see them\n",
        plural(lines, "line")
    )
}

fn unit_heading(unit: &UnitChange, text: &mut String) {
    let word = match &unit.state {
        UnitState::Kept => String::new(),
        UnitState::Added => " (new)".to_owned(),
        UnitState::Removed => " (removed)".to_owned(),
        UnitState::Unknown { side, .. } => format!(" (not rendered {})", side_words(side)),
    };
    writeln!(text, "\n#### {}{word}", inline(&unit.id.to_string())).ok();
    if let Some((before, after)) = &unit.chart {
        writeln!(text, "\nchart: {} → {}", inline(before), inline(after)).ok();
    }
    if let UnitState::Unknown { reasons, .. } = &unit.state {
        for reason in reasons {
            writeln!(text, "\n- {}", inline(&reason.to_string())).ok();
        }
    }
}

fn block(unit: usize, object: &ObjectChange, context: usize) -> Block {
    let action = match &object.action {
        Action::Add => "➕ add".to_owned(),
        Action::Change => "✏️ change".to_owned(),
        Action::Remove => "❌ remove".to_owned(),
        Action::Move { from } => format!("➡️ move from {}", inline(&from.to_string())),
    };
    let title = format!("\n{action} {}\n", inline(&object.id.to_string()));
    let mut diff = String::new();
    let mut lines = 0;
    for hunk in object_hunks(object, context) {
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
    if diff.is_empty() {
        return Block { unit, title, body: String::new(), lines, folded: false };
    }
    // A fence must be longer than any that the content holds.
    let longest = diff.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let open = if lines > 40 { "\n<details><summary>diff</summary>\n" } else { "" };
    let close = if lines > 40 { "\n</details>\n" } else { "" };
    let body = format!("{open}\n{fence}diff\n{diff}{fence}\n{close}");
    Block { unit, title, body, lines, folded: false }
}

/// Writes text from the repository as code, so that it makes no links, mentions or markup.
fn inline(text: &str) -> String {
    let text = safe::line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_repository_cannot_leave_its_code_span() {
        assert_eq!(inline("a `b` @c"), "``a `b` @c``");
        assert_eq!(inline("`x"), "`` `x ``");
    }
}
