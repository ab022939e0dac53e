//! The clusters of a fleet: all entry paths of one range, or those that `--member` names, each with its own revisions.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use weir_model::TreePath;

use crate::CommandError;
use crate::args::{Diff, Range};
use crate::commands::filter;
use crate::commands::session::Session;
use crate::commands::sides::{Trees, trees};

/// One cluster.
pub(super) struct Member {
    /// What it is called.
    pub(super) name: String,
    /// The files before and after.
    pub(super) trees: Rc<Trees>,
    /// The entry path.
    pub(super) entry: TreePath,
}

/// Finds the clusters, in order, and says what is compared.
pub(super) fn members(
    session: &Session<'_>,
    command: &Diff,
) -> Result<(String, Vec<Member>), CommandError> {
    if command.member.is_empty() {
        let trees = Rc::new(trees(&command.range)?);
        let patterns: Vec<String> = command.repository.path.iter().cloned().collect();
        let entries = entries(&trees, &patterns)?;
        let member =
            |entry: TreePath| Member { name: entry.to_string(), trees: Rc::clone(&trees), entry };
        return Ok((trees.title.clone(), entries.into_iter().map(member).collect()));
    }
    // Clusters that are at the same revisions share what is read.
    let mut read: BTreeMap<Spec<'_>, Rc<Trees>> = BTreeMap::new();
    let mut members: Vec<Member> = Vec::new();
    for text in &command.member {
        let (name, spec, entry) = parse(text)?;
        let of_member =
            |error: CommandError| error.hint(format!("this is about `--member {text}`"));
        if members.iter().any(|member| member.name == name) {
            return Err(CommandError::new(format!("two members are called `{name}`")));
        }
        let trees = match read.get(&spec) {
            Some(trees) => Rc::clone(trees),
            None => {
                let trees = Rc::new(trees(&spec.range(&command.range)).map_err(of_member)?);
                Rc::clone(read.entry(spec).or_insert(trees))
            }
        };
        let after = &trees.after.1.value;
        let entry = match entry {
            Some(entry) => TreePath::parse(entry).map_err(|error| {
                of_member(CommandError::new("the entry path cannot be used").cause(error))
            })?,
            None => session.entry(after).map_err(of_member)?,
        };
        if !trees.before.1.value.tree.is_folder(&entry) {
            session.check_entry(after, &entry).map_err(of_member)?;
        }
        members.push(Member { name: name.to_owned(), trees, entry });
    }
    let title = format!("comparing {} clusters, each at its own revisions", members.len());
    Ok((title, members))
}

/// Which revisions of a cluster are compared.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Spec<'text> {
    /// A repository of its own.
    folder: Option<&'text str>,
    from: Option<&'text str>,
    to: Option<&'text str>,
}

impl Spec<'_> {
    fn range(&self, all: &Range) -> Range {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let folder = self.folder.map(|folder| vec![folder.into()]);
        Range {
            dirs: folder.unwrap_or_else(|| all.dirs.clone()),
            from: own(self.from),
            to: own(self.to),
            since: all.since.clone().filter(|_| self.from.is_none()),
        }
    }
}

/// Reads `NAME=[DIR|FROM][..TO][:ENTRY]`.
fn parse(text: &str) -> Result<(&str, Spec<'_>, Option<&str>), CommandError> {
    let (name, rest) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            CommandError::new(format!("could not read `--member {text}`"))
                .cause("it is not a name, `=` and what is compared")
                .hint("write it as `prod=v1.4..main:clusters/prod` or `edge=../edge:clusters/edge`")
        })?;
    let (range, entry) = rest.split_once(':').unwrap_or((rest, ""));
    let is_folder = |text: &str| !text.is_empty() && Path::new(text).is_dir();
    let (from, to) = match range.rsplit_once("..") {
        // What ends in `..` or holds `../` may be a folder.
        Some(parts) if !is_folder(range) => parts,
        _ => (range, ""),
    };
    let given = |text: &'_ str| !text.is_empty();
    let spec = Spec {
        folder: Some(from).filter(|from| is_folder(from)),
        from: Some(from).filter(|from| given(from) && !is_folder(from)),
        to: Some(to).filter(|to| given(to)),
    };
    Ok((name, spec, Some(entry).filter(|entry| given(entry))))
}

/// Finds the entries of both sides that fit the patterns.
fn entries(trees: &Trees, patterns: &[String]) -> Result<Vec<TreePath>, CommandError> {
    let mut entries = weir_flux::entry_candidates(&trees.after.1.value.tree);
    entries.extend(weir_flux::entry_candidates(&trees.before.1.value.tree));
    entries.sort();
    entries.dedup();
    entries.retain(|entry| filter::fits(patterns, entry.as_str()));
    if entries.is_empty() {
        return Err(CommandError::new("found no entry path of a cluster")
            .hint("name them with `--path 'clusters/*'`"));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_names_revisions_or_a_folder() {
        for (text, folder, from, to, entry) in [
            ("a=", None, None, None, None),
            ("a=v1", None, Some("v1"), None, None),
            ("a=v1..main:clusters/a", None, Some("v1"), Some("main"), Some("clusters/a")),
            ("a=..main", None, None, Some("main"), None),
            ("a=v1..:x", None, Some("v1"), None, Some("x")),
            ("a=src:x", Some("src"), None, None, Some("x")),
            ("a=../cli", Some("../cli"), None, None, None),
            ("a=src..main", Some("src"), None, Some("main"), None),
        ] {
            let (name, spec, found) = parse(text).unwrap();
            assert_eq!(
                (name, spec.folder, spec.from, spec.to, found),
                ("a", folder, from, to, entry),
                "{text}"
            );
        }
        assert!(parse("v1..main").is_err() && parse("=v1").is_err());
    }
}
