//! `.Files`: a chart's files that are no templates.

use std::any::Any;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use weir_gotmpl::{Args, Context, Error, Function, List, Map, Object, Type, Value};
use weir_model::{Blob, SmolStr};

use super::glob::Glob;
use crate::Chart;
use crate::functions::encode_64;

/// `.Files`, or what `.Files.Glob` chose of it.
pub(super) struct Files {
    source: Source,
    by_name: OnceCell<BTreeMap<SmolStr, Blob>>,
    as_map: OnceCell<Map>,
}

/// Where the files come from; most templates never look.
enum Source {
    Chart(Chart),
    Chosen,
}

impl Files {
    /// Makes a chart's `.Files`.
    pub(super) fn of(chart: &Chart) -> Self {
        Self {
            source: Source::Chart(chart.clone()),
            by_name: OnceCell::new(),
            as_map: OnceCell::new(),
        }
    }

    fn chosen(files: BTreeMap<SmolStr, Blob>) -> Self {
        Self { source: Source::Chosen, by_name: OnceCell::from(files), as_map: OnceCell::new() }
    }

    fn files(&self) -> &BTreeMap<SmolStr, Blob> {
        self.by_name.get_or_init(|| match &self.source {
            Source::Chart(chart) => {
                chart.files().iter().map(|file| (file.name.clone(), file.content.clone())).collect()
            }
            Source::Chosen => BTreeMap::new(),
        })
    }

    fn bytes(&self, name: &str) -> &[u8] {
        self.files().get(name).map_or(&[], Blob::bytes)
    }

    /// Returns a YAML map of the files by their last names.
    fn yaml(&self, content: impl Fn(&[u8]) -> String) -> String {
        let entries = self.files().iter().map(|(name, blob)| {
            let base = name.rsplit('/').next().unwrap_or(name);
            (SmolStr::new(base), weir_model::Value::string(content(blob.bytes())))
        });
        let yaml = weir_yaml::to_yaml(&weir_model::Value::map(entries.collect()));
        yaml.strip_suffix('\n').unwrap_or(&yaml).to_owned()
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Function> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn underlying(&self) -> Option<Value> {
        let map = self.as_map.get_or_init(|| {
            let entries = self
                .files()
                .iter()
                .map(|(name, blob)| (name.clone(), Value::Bytes(blob.bytes().into())));
            Map::typed(&Type::String, &Type::BYTES, entries.collect())
        });
        Some(Value::Map(map.clone()))
    }
}

static METHODS: [Function; 6] = [
    Function::new("GetBytes", &[Type::String], get_bytes),
    Function::new("Get", &[Type::String], get),
    Function::new("Glob", &[Type::String], glob),
    Function::new("AsConfig", &[], as_config),
    Function::new("AsSecrets", &[], as_secrets),
    Function::new("Lines", &[Type::String], lines),
];

fn receiver<'a>(args: &'a Args<'_>) -> Result<&'a Files, Error> {
    args.receiver().ok_or_else(|| Error::new("the receiver is no `.Files`"))
}

fn get_bytes(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    Ok(Value::Bytes(receiver(args)?.bytes(&args.text(0)).into()))
}

fn get(context: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let bytes = receiver(args)?.bytes(&args.text(0));
    context.meter().bytes(bytes.len())?;
    Ok(Value::from_bytes(bytes.to_vec()))
}

fn glob(context: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let files = receiver(args)?.files();
    context.meter().step(files.len() as u64)?;
    // A pattern that cannot be read matches everything.
    let pattern = Glob::parse(&args.text(0));
    let matches = |name: &str| pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
    let chosen = files.iter().filter(|(name, _)| matches(name));
    Ok(Value::object(Files::chosen(
        chosen.map(|(name, blob)| (name.clone(), blob.clone())).collect(),
    )))
}

fn as_config(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    Ok(receiver(args)?.yaml(|bytes| String::from_utf8_lossy(bytes).into_owned()).into())
}

fn as_secrets(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    Ok(receiver(args)?.yaml(encode_64).into())
}

fn lines(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let bytes = receiver(args)?.bytes(&args.text(0));
    if bytes.is_empty() {
        return Ok(Value::List(List::strings::<SmolStr>([])));
    }
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| Value::from_bytes(line.to_vec()));
    Ok(Value::List(List::typed(&Type::String, lines.collect())))
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_padded() {
        for (bytes, text) in
            [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")]
        {
            assert_eq!(super::encode_64(bytes.as_bytes()), text);
        }
    }
}
