//! Replacing matches, with Go's `$name` expansion.

use regex_automata::Input;

use super::{Group, Regexp, width_at};

impl Regexp {
    /// Replaces each match by a template in which `$1`, `${1}`, `$name` and `$$` are expanded.
    pub fn replace_all(&self, text: &str, template: &str) -> String {
        if !template.contains('$') {
            return self.replace_all_literal(text, template);
        }
        self.replace(text, |out, groups| self.expand(out, template, text, groups))
    }

    /// Replaces each match by a text as it is.
    pub fn replace_all_literal(&self, text: &str, replacement: &str) -> String {
        self.replace(text, |out, _| out.push_str(replacement))
    }

    /// Expands a template for a match into `out`. A group that is not there counts as empty.
    pub fn expand(&self, out: &mut String, mut template: &str, text: &str, groups: &[Group]) {
        while let Some((before, after)) = template.split_once('$') {
            out.push_str(before);
            template = after;
            if let Some(rest) = after.strip_prefix('$') {
                out.push('$');
                template = rest;
                continue;
            }
            let Some((name, rest)) = reference(after) else {
                out.push('$');
                continue;
            };
            template = rest;
            let found = match group_number(name) {
                Some(number) => groups.get(number).copied().flatten(),
                None => {
                    let named = self.names().iter().zip(groups).filter(|(known, _)| *known == name);
                    named.filter_map(|(_, group)| *group).next()
                }
            };
            if let Some((start, end)) = found {
                out.push_str(text.get(start..end).unwrap_or_default());
            }
        }
        out.push_str(template);
    }

    fn replace(&self, text: &str, mut put: impl FnMut(&mut String, &[Group])) -> String {
        let (mut out, mut last_end, mut position) = (String::new(), 0, 0);
        while position <= text.len() {
            let Some(groups) = self.groups(&Input::new(text).span(position..text.len())) else {
                break;
            };
            let (start, end) = groups.first().copied().flatten().unwrap_or_default();
            out.push_str(text.get(last_end..start).unwrap_or_default());
            // An empty match right behind another is not replaced.
            if end > last_end || start == 0 {
                put(&mut out, &groups);
            }
            last_end = end;
            position = end.max(position + width_at(text, position).max(1));
        }
        out.push_str(text.get(last_end..).unwrap_or_default());
        out
    }
}

/// Takes the name of a group from behind `$`: all letters, digits and `_` that follow, or what stands in braces.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (inner, braced) = text.strip_prefix('{').map_or((text, false), |inner| (inner, true));
    let end = inner
        .find(|c: char| !(c.is_alphabetic() || c.is_numeric() || c == '_'))
        .unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    if name.is_empty() {
        return None;
    }
    let rest = if braced { rest.strip_prefix('}')? } else { rest };
    Some((name, rest))
}

/// A group's number, when the name is one: digits without a leading zero.
fn group_number(name: &str) -> Option<usize> {
    if !name.bytes().all(|b| b.is_ascii_digit())
        || (name.len() > 1 && name.starts_with('0'))
        || name.len() > 9
    {
        return None;
    }
    name.parse().ok()
}
