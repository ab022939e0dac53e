//! YAML as Kubernetes tools really speak it: as Go's libraries read, resolve and write it.
//!
//! Two dialects exist side by side, and both reach output:
//! - `sigs.k8s.io/yaml` (yaml.v2 rules, through JSON): Helm's values and `toYaml`, the API types, controllers. Here it is
//!   [`read_values`], [`read_value`] and [`to_yaml`], which deal in [`weir_model::Value`].
//! - `yaml.v3` as kyaml uses it: kustomize. Here it is [`parse`] and [`emit`], which deal in [`Node`] and keep order,
//!   comments and style.
//!
//! Both go the same way: bytes become text (`input`), tokens (`scan`), events (`events`) and then values (`values`) or
//! nodes (`compose`). This is the only crate that knows YAML's syntax. It never resolves files and never expands more than
//! a bounded number of aliases.

mod aliasing;
mod base64;
mod compose;
mod decode;
mod dialect;
mod documents;
mod emit;
mod encode;
mod error;
mod events;
mod gosyntax;
mod input;
pub mod json;
mod natural;
mod node;
mod number;
mod resolve;
mod scan;
mod secrecy;
mod timestamp;
mod values;

pub use decode::{Decoded, DecodedData, decode};
pub use documents::split_documents;
pub use error::YamlError;
pub use node::{Comments, Content, Extras, Node, Pair, ScalarTag, Style};
pub use secrecy::{has_word, may_be_secret};
pub use timestamp::Timestamp;

use values::Mode;
use weir_model::{Source, Value};

/// Reads a stream of documents as yaml.v3 does, keeping order, comments and styles.
/// Empty documents are left out.
pub fn parse(text: &[u8], source: Source) -> Result<Vec<Node>, YamlError> {
    compose::documents(text, source)
}

/// Reads the first document of a stream, as yaml.v3's `Unmarshal` and kyaml's `Parse` do: what is wrong behind it is not
/// seen. Returns nothing when there is no document, and refuses one of more than `most` nodes.
pub fn parse_first(text: &[u8], source: Source, most: usize) -> Result<Option<Node>, YamlError> {
    compose::first_document(text, source, most)
}

/// Writes one document as yaml.v3 does with kustomize's settings (indent 2, compact sequences).
pub fn emit(node: &Node) -> String {
    emit::emit(node)
}

/// Writes one document as yaml.v3 does with an indent of 2 and nothing else set: sequences in mappings are indented, too.
pub fn emit_indented(node: &Node) -> String {
    emit::emit_indented(node)
}

/// Writes documents as [`emit`] does, with `---` between them.
pub fn emit_all(nodes: &[Node]) -> String {
    emit::emit_all(nodes)
}

/// Reads one document as `sigs.k8s.io/yaml` does; an empty text is null, and of several documents the first counts.
pub fn read_value(text: &[u8], source: Source) -> Result<Value, YamlError> {
    values::read(text, source, 0, Mode::Json)
}

/// Reads one document as [`read_value`] does, except that a whole number written with a fraction or an exponent stays a
/// float: fields that hold text show the difference.
pub fn read_value_exact(text: &[u8], source: Source) -> Result<Value, YamlError> {
    values::read(text, source, 0, Mode::Exact)
}

/// Reads one document as [`read_value`] does, but refuses keys that stand twice, as `YAMLToJSONStrict` does.
pub fn read_value_strict(text: &[u8], source: Source) -> Result<Value, YamlError> {
    values::read(text, source, 0, Mode::Strict)
}

/// Reads a stream of documents, each as [`read_value`] reads it. Documents are split as Kubernetes' own reader does.
/// Empty documents are left out. Good documents before and after a broken one are not given: see [`read_documents`].
pub fn read_values(text: &[u8], source: Source) -> Result<Vec<Value>, YamlError> {
    read_documents(text, source).into_iter().collect()
}

/// Reads a stream of documents so that a broken one does not hide the others. Lines are counted in the whole stream.
/// Empty documents are left out.
pub fn read_documents(text: &[u8], source: Source) -> Vec<Result<Value, YamlError>> {
    split_documents(text)
        .into_iter()
        .map(|(document, first_line)| values::read(document, source, first_line - 1, Mode::Json))
        .filter(|result| !result.as_ref().is_ok_and(Value::is_null))
        .collect()
}

/// Writes a value as `sigs.k8s.io/yaml` does: keys sorted, yaml.v2's quoting and folding, a final newline.
pub fn to_yaml(value: &Value) -> String {
    emit::to_yaml(value, false)
}

/// Writes a value as [`to_yaml`] does, but keys in the order of their bytes: `a10` before `a9`. helm-controller digests
/// values in this form.
pub fn to_yaml_by_bytes(value: &Value) -> String {
    emit::to_yaml_by_bytes(value)
}

/// Turns a JSON text into YAML as `sigs.k8s.io/yaml`'s `JSONToYAML` does, which reads it as YAML: numbers keep their kind.
pub fn json_to_yaml(text: &[u8]) -> Result<String, YamlError> {
    values::read(text, Source::default(), 0, Mode::Exact).map(|value| emit::to_yaml(&value, true))
}

/// Turns a node into a value as kyaml does on its way to JSON: aliases and merges resolved (metered), yaml.v3's tags.
pub fn to_value(node: &Node) -> Result<Value, YamlError> {
    decode::to_value(node)
}

/// Turns a value into a node as yaml.v3 encodes it: keys in Go's natural order, quotes where needed; origins are kept.
pub fn from_value(value: &Value) -> Node {
    encode::from_value(value)
}

/// Tells whether YAML 1.1 reads this plain text as something other than text, where yaml.v3 does not: `yes`, `off`, `n`.
pub fn is_yaml11_bool(text: &str) -> bool {
    resolve::is_old_bool(text)
}

#[cfg(test)]
mod tests;
