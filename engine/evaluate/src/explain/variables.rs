//! The variables that stand in a field, and what gives each.

use weir_flux::kinds::Kustomization;
use weir_model::{FieldPath, Manifest, Value};

use super::chain::Chain;
use super::{Link, LinkKind, named, shown};
use crate::units::Work;

impl Chain<'_> {
    /// Says which variables stood in a field, and where their values come from.
    pub(super) fn variables(&self, field: &FieldPath) -> Vec<Link> {
        let Some(Work::Build(task)) = self.explainer.task(self.unit).map(|task| &task.work) else {
            return Vec::new();
        };
        let Some(text) = field.find(&self.object.plain).and_then(Value::as_str) else {
            return Vec::new();
        };
        let now = field.find(self.manifest.value()).and_then(Value::as_str);
        if now == Some(text) {
            return Vec::new();
        }
        names(text).into_iter().map(|name| self.variable(&task.spec, name)).collect()
    }

    fn variable(&self, spec: &Kustomization, name: &str) -> Link {
        let link = |title: String, link: Link| Link { title, ..link };
        let unset = Link {
            kind: LinkKind::Variable,
            title: format!("variable `{name}` is not set"),
            place: None,
            value: None,
            causes: Vec::new(),
        };
        if let Some(text) = spec.substitute.get(name) {
            let path = FieldPath::keys(&["spec", "postBuild", "substitute", name]);
            let found = self.flux_object().and_then(|object| self.given(object, &path));
            let value = Some(Value::string(text.clone()));
            let title =
                format!("variable `{name}`, from `spec.postBuild.substitute` of `{}`", self.unit);
            let (place, causes) = found.unwrap_or_default();
            return link(title, Link { place, value, causes, ..unset });
        }
        for reference in spec.substitute_from.iter().rev() {
            let (kind, namespace) = (&reference.kind, &self.unit.namespace);
            let world = self.explainer.settled.world();
            let Some(placed) = world.find("", kind, namespace, &reference.name) else { continue };
            let is_secret = kind == "Secret";
            let found = ["stringData", "data"].into_iter().find_map(|data| {
                let path = FieldPath::keys(&[data, name]);
                Some((path.find(placed.manifest.value())?.clone(), path))
            });
            let Some((value, path)) = found else { continue };
            let causes =
                self.explainer.follow_made(&placed.unit, &placed.manifest, &path, self.depth);
            let title =
                format!("variable `{name}`, from `{}`", named(kind, namespace, &reference.name));
            let place =
                written_at(&causes).or_else(|| self.explainer.place(&placed.unit, value.origin));
            let causes = if is_plain(&causes) { Vec::new() } else { causes };
            let value = Some(shown(&value, is_secret));
            return link(title, Link { place, value, causes, ..unset });
        }
        unset
    }

    /// Finds where a field of the unit's own Flux object is written.
    pub(super) fn given(
        &self,
        object: &Manifest,
        path: &FieldPath,
    ) -> Option<(Option<super::Place>, Vec<Link>)> {
        let value = path.find(object.value())?;
        let parent = &self.explainer.settled.node(self.unit)?.placed.unit;
        let causes = if parent == self.unit {
            Vec::new()
        } else {
            self.explainer.follow_made(parent, object, path, self.depth)
        };
        let place = written_at(&causes).or_else(|| self.explainer.place(parent, value.origin));
        Some((place, if is_plain(&causes) { Vec::new() } else { causes }))
    }
}

/// Returns where the text of a field stands, whatever was substituted in it.
fn written_at(links: &[Link]) -> Option<super::Place> {
    links.iter().filter(|link| link.kind != LinkKind::Variable).find_map(|link| link.place.clone())
}

/// Tells whether a way says no more than its one place.
fn is_plain(links: &[Link]) -> bool {
    matches!(links, [link] if link.kind == LinkKind::File && link.causes.is_empty())
}

/// Returns the names of the variables of a text, each once, in order.
fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let is_escaped = rest.get(..at).is_some_and(|before| before.ends_with('$'));
        rest = rest.get(at + 2..).unwrap_or_default();
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        if !is_escaped && !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_variables_are_found() {
        assert_eq!(super::names("a ${B} ${C:=x}${B} $${D} ${} $E"), ["B", "C"]);
    }
}
