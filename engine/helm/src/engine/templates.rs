//! Which templates there are, in which order, and their parsed forms, made once for each chart.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use weir_gotmpl::Set;
use weir_model::SmolStr;

use super::scope::Scope;
use super::{errors, functions};
use crate::instance::Instances;
use crate::{Chart, File, HelmVersion};

/// A template and what it runs over.
pub(super) struct Template {
    /// The name, such as `web/charts/db/templates/service.yaml`.
    pub(super) name: SmolStr,
    pub(super) scope: Rc<Scope>,
    chart: Chart,
    index: usize,
}

impl Template {
    /// Tells whether the template only defines others.
    pub(super) fn is_partial(&self) -> bool {
        base(&self.name).starts_with('_')
    }

    fn text(&self) -> std::borrow::Cow<'_, str> {
        let file = self.chart.templates().get(self.index);
        file.map_or_else(Default::default, File::text)
    }
}

/// Returns the templates of all charts in the order in which Helm parses and runs them: the deepest first, so that charts
/// further up have the last word on definitions.
pub(super) fn all(instances: &Instances, scopes: &[Rc<Scope>]) -> Vec<Template> {
    let mut templates = BTreeMap::new();
    for scope in scopes {
        let chart = &instances.get(scope.chart).chart;
        let is_library = chart.metadata().is_library();
        for (index, file) in chart.templates().iter().enumerate() {
            if is_library && !base(&file.name).starts_with('_') {
                continue;
            }
            let name = SmolStr::from(format!("{}/{}", scope.path, file.name));
            // Charts below two aliases of one chart may share their names; the last one counts.
            let template = Template {
                name: name.clone(),
                scope: Rc::clone(scope),
                chart: chart.clone(),
                index,
            };
            templates.insert(name, template);
        }
    }
    let mut templates: Vec<Template> = templates.into_values().collect();
    let depth = |template: &Template| template.name.bytes().filter(|byte| *byte == b'/').count();
    templates.sort_by(|a, b| (depth(b), &b.name).cmp(&(depth(a), &a.name)));
    templates
}

/// Returns the templates parsed. A chart keeps the result, for its next release. The error is Helm's text.
pub(super) fn parsed(
    chart: &Chart,
    templates: &[Template],
    helm: HelmVersion,
) -> Result<Arc<Set>, String> {
    // The same chart gives the same templates unless a condition or an alias differs.
    let key: String =
        templates.iter().flat_map(|template| [template.name.as_str(), "\n"]).collect();
    if let Some(set) = chart.parsed(helm, &key) {
        return Ok(set);
    }
    let mut set = Set::new();
    for template in templates {
        set.parse(&template.name, &template.text(), functions::of(helm))
            .map_err(|error| errors::parsing(&template.name, error.message()))?;
    }
    let set = Arc::new(set);
    chart.keep_parsed(helm, key, &set);
    Ok(set)
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
