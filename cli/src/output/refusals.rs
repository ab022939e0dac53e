//! What policies refuse, for people.

use std::io::{self, Write};

use super::safe;
use super::style::{ERROR, RESET};
use crate::commands::policy::Refusal;

/// How many objects of one rule are named.
const SHOWN: usize = 10;

/// Prints each rule that refuses once, with the objects that it is about.
pub(crate) fn print(refusals: &[Refusal], out: &mut dyn Write) -> io::Result<()> {
    for group in refusals.chunk_by(|a, b| a.rule == b.rule && a.message == b.message) {
        let Some(first) = group.first() else { continue };
        let (rule, message) = (safe::line(&first.rule), safe::line(&first.message));
        writeln!(out, "{ERROR}refused[{rule}]:{RESET} {message}")?;
        let objects: Vec<&String> = group.iter().filter_map(|item| item.object.as_ref()).collect();
        for object in objects.iter().take(SHOWN) {
            writeln!(out, "  at {}", safe::line(object))?;
        }
        if objects.len() > SHOWN {
            writeln!(out, "  and {} more", objects.len() - SHOWN)?;
        }
    }
    Ok(())
}
