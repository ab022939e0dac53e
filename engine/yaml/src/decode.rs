//! From nodes to data, as yaml.v3 decodes into `any`.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::{SmolStr, format_smolstr};
use weir_model::{Data, Map, Origin, Value};

use crate::aliasing::Expansion;
use crate::base64;
use crate::dialect::Dialect;
use crate::error::YamlError;
use crate::gosyntax::{self, Maps};
use crate::node::{Content, Node, Pair, ScalarTag, Style};
use crate::number;
use crate::resolve::{self, Resolved};
use crate::timestamp::Timestamp;
use crate::values::float_through_json;

/// What yaml.v3 makes of a node when nothing says which type is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The data.
    pub data: DecodedData,
    /// Where the node was read.
    pub origin: Origin,
}

/// The data of a [`Decoded`].
#[derive(Clone, Debug, PartialEq)]
pub enum DecodedData {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above that.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// A text.
    String(SmolStr),
    /// What a `!!binary` held.
    Bytes(Vec<u8>),
    /// A moment.
    Time(Timestamp),
    /// A list.
    List(Vec<Decoded>),
    /// A map whose keys are texts.
    Map(Vec<(SmolStr, Decoded)>),
    /// A map with other keys, too.
    AnyMap(Vec<(Decoded, Decoded)>),
}

/// Decodes a node. Refuses what yaml.v3 refuses: keys that stand twice, collections as keys, tags that do not fit,
/// merges of what is no map, anchors that contain themselves, and aliases that grow the document too much.
pub fn decode(node: &Node) -> Result<Decoded, YamlError> {
    decode_root(node, false)
}

/// Turns a node into a value as kyaml does on its way to JSON: aliases and merges resolved (metered), yaml.v3's tags.
pub(crate) fn to_value(node: &Node) -> Result<Value, YamlError> {
    into_value(decode_root(node, true)?)
}

fn decode_root(node: &Node, text_keys: bool) -> Result<Decoded, YamlError> {
    let mut decoder = Decoder {
        root: node,
        targets: None,
        open: BTreeSet::new(),
        aliases: 0,
        expansion: Expansion::default(),
        errors: Vec::new(),
    };
    let decoded = decoder.node(node, text_keys)?;
    if decoder.errors.is_empty() {
        return Ok(decoded.unwrap_or(Decoded { data: DecodedData::Null, origin: node.origin }));
    }
    let message = format!("yaml: unmarshal errors:\n  {}", decoder.errors.join("\n  "));
    Err(YamlError::about(message, node.origin, node.column))
}

struct Decoder<'a> {
    root: &'a Node,
    /// The node that each alias means, by the alias's address; made when the first alias is met.
    targets: Option<BTreeMap<usize, &'a Node>>,
    /// The aliases that are being expanded.
    open: BTreeSet<usize>,
    aliases: u32,
    expansion: Expansion,
    /// Errors that do not stop the decoding.
    errors: Vec<String>,
}

/// More errors than these help nobody.
const MAX_ERRORS: usize = 1_000;

type Step<T> = Result<T, YamlError>;

/// The map being filled.
struct Entries {
    /// Whether its keys must be texts.
    texts: bool,
    list: Vec<(Key, Decoded)>,
    /// Where each key stands, when one may come again.
    index: Option<BTreeMap<SmolStr, usize>>,
}

impl Entries {
    fn set(&mut self, key: Key, value: Decoded) {
        if let Some(index) = &mut self.index {
            if let Some((_, known)) = index.get(&key.id).and_then(|at| self.list.get_mut(*at)) {
                *known = value;
                return;
            }
            index.insert(key.id.clone(), self.list.len());
        }
        self.list.push((key, value));
    }

    fn into_data(self) -> DecodedData {
        let list = self.list.into_iter();
        if self.texts {
            DecodedData::Map(list.map(|(key, value)| (key.id, value)).collect())
        } else {
            DecodedData::AnyMap(list.map(|(key, value)| (key.decoded, value)).collect())
        }
    }
}

fn fail<T>(node: &Node, message: &str) -> Step<T> {
    Err(YamlError::about(format!("yaml: {message}"), node.origin, node.column))
}

fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

impl<'a> Decoder<'a> {
    /// Decodes a node; nothing comes of one with errors.
    fn node(&mut self, node: &'a Node, text_keys: bool) -> Step<Option<Decoded>> {
        self.count(node)?;
        let data = match &node.content {
            Content::Scalar(text, tag) => {
                if self.aliases > 0 {
                    self.expansion.repeat(text.len());
                }
                Some(scalar(node, text, *tag)?)
            }
            Content::Sequence(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.extend(self.node(item, false)?);
                }
                Some(DecodedData::List(list))
            }
            Content::Mapping(pairs) => {
                let texts = text_keys || self.has_text_keys(pairs);
                // Texts that stand twice are refused, but an alias or another spelling may bring one again.
                let again = !texts || has_alias_key(pairs);
                let mut entries = Entries {
                    texts,
                    list: Vec::with_capacity(pairs.len()),
                    index: again.then(BTreeMap::new),
                };
                let good = self.mapping(pairs, &mut entries, &mut None)?;
                good.then(|| entries.into_data())
            }
            Content::Alias(_) => {
                let key = address(node);
                let target = self.enter(node)?;
                let decoded = self.node(target, false)?;
                self.leave(key);
                return Ok(decoded);
            }
        };
        Ok(data.map(|data| Decoded { data, origin: node.origin }))
    }

    fn count(&mut self, node: &Node) -> Step<()> {
        if self.aliases > 0 {
            self.expansion.expand(1);
        } else {
            self.expansion.count();
        }
        if self.expansion.is_excessive() {
            return fail(node, "document contains excessive aliasing");
        }
        Ok(())
    }

    /// Begins to expand an alias.
    fn enter(&mut self, node: &'a Node) -> Step<&'a Node> {
        let target = self.target(node)?;
        if !self.open.insert(address(node)) {
            let name = alias_name(node);
            return fail(node, &format!("anchor '{name}' value contains itself"));
        }
        self.aliases += 1;
        Ok(target)
    }

    fn leave(&mut self, key: usize) {
        self.open.remove(&key);
        self.aliases -= 1;
    }

    fn target(&mut self, node: &Node) -> Step<&'a Node> {
        let root = self.root;
        let targets = self.targets.get_or_insert_with(|| {
            let mut targets = BTreeMap::new();
            find_targets(root, &mut BTreeMap::new(), &mut targets);
            targets
        });
        match targets.get(&address(node)) {
            Some(target) => Ok(target),
            None => fail(node, &format!("unknown anchor '{}' referenced", alias_name(node))),
        }
    }

    fn has_text_keys(&mut self, pairs: &'a [Pair]) -> bool {
        pairs.iter().all(|pair| {
            let key = match &pair.key.content {
                Content::Alias(_) => self.target(&pair.key).unwrap_or(&pair.key),
                _ => &pair.key,
            };
            matches!(key.content, Content::Scalar(_, ScalarTag::Str | ScalarTag::Merge))
        })
    }

    /// Adds the entries of a map that are not yet there, those of its merge last.
    /// `seen` has the keys that count before these, when the map is merged into another.
    fn mapping(
        &mut self,
        pairs: &'a [Pair],
        entries: &mut Entries,
        seen: &mut Option<BTreeSet<SmolStr>>,
    ) -> Step<bool> {
        if self.has_duplicates(pairs) {
            return Ok(false);
        }
        let mut merge = None;
        for Pair { key, value } in pairs {
            if is_merge(key) {
                merge = Some(value);
                continue;
            }
            let Some(name) = self.key(key, entries)? else { continue };
            if let Some(seen) = seen
                && !seen.insert(name.id.clone())
            {
                continue;
            }
            if matches!(
                name.decoded.data,
                DecodedData::List(_) | DecodedData::Map(_) | DecodedData::AnyMap(_)
            ) {
                let shown = show(&name.decoded);
                return fail(key, &format!("invalid map key: {shown}"));
            }
            if let Some(value) = self.node(value, false)? {
                entries.set(name, value);
            }
        }
        if let Some(merge) = merge {
            if seen.is_none() {
                let mut own = BTreeSet::new();
                for Pair { key, .. } in pairs {
                    if let Some(name) = self.key(key, entries)? {
                        own.insert(name.id);
                    }
                }
                self.merge(merge, entries, &mut Some(own))?;
            } else {
                self.merge(merge, entries, seen)?;
            }
        }
        Ok(true)
    }

    fn key(&mut self, key: &'a Node, entries: &Entries) -> Step<Option<Key>> {
        if let (true, Content::Scalar(text, tag)) = (entries.texts, &key.content) {
            self.count(key)?;
            if *tag == ScalarTag::Null {
                return Ok(None);
            }
            let text = match scalar(key, text, *tag)? {
                DecodedData::Bytes(bytes) => base64::to_text(&bytes).into(),
                _ => text.clone(),
            };
            let data = DecodedData::String(text.clone());
            return Ok(Some(Key { id: text, decoded: Decoded { data, origin: key.origin } }));
        }
        let target = match &key.content {
            Content::Alias(_) => self.target(key)?,
            _ => key,
        };
        let kind = match &target.content {
            Content::Sequence(_) => "!!seq",
            Content::Mapping(_) => "!!map",
            Content::Scalar(..) | Content::Alias(_) => "",
        };
        if entries.texts && !kind.is_empty() {
            let line = target.origin.line;
            self.errors.push(format!("line {line}: cannot unmarshal {kind} into string"));
            return Ok(None);
        }
        let Some(decoded) = self.node(key, false)? else { return Ok(None) };
        if entries.texts && decoded.data == DecodedData::Null {
            return Ok(None);
        }
        let id = match &decoded.data {
            DecodedData::String(text) if entries.texts => text.clone(),
            DecodedData::String(text) => format_smolstr!("s{text}"),
            data => format_smolstr!("{data:?}"),
        };
        Ok(Some(Key { id, decoded }))
    }

    fn merge(
        &mut self,
        node: &'a Node,
        entries: &mut Entries,
        seen: &mut Option<BTreeSet<SmolStr>>,
    ) -> Step<()> {
        match &node.content {
            Content::Sequence(items) => {
                for item in items {
                    self.merge_one(item, entries, seen)?;
                }
                Ok(())
            }
            _ => self.merge_one(node, entries, seen),
        }
    }

    fn merge_one(
        &mut self,
        node: &'a Node,
        entries: &mut Entries,
        seen: &mut Option<BTreeSet<SmolStr>>,
    ) -> Step<()> {
        const WANT_MAP: &str = "map merge requires map or sequence of maps as the value";
        match &node.content {
            Content::Mapping(pairs) => {
                self.count(node)?;
                self.mapping(pairs, entries, seen)?;
                Ok(())
            }
            Content::Alias(_) => {
                let Content::Mapping(pairs) = &self.target(node)?.content else {
                    return fail(node, WANT_MAP);
                };
                self.count(node)?;
                let target = self.enter(node)?;
                self.count(target)?;
                self.mapping(pairs, entries, seen)?;
                self.leave(address(node));
                Ok(())
            }
            Content::Scalar(..) | Content::Sequence(_) => fail(node, WANT_MAP),
        }
    }

    fn has_duplicates(&mut self, pairs: &[Pair]) -> bool {
        fn identity(node: &Node) -> (u8, &str) {
            match &node.content {
                Content::Scalar(text, _) => (0, text),
                Content::Alias(name) => (1, name),
                Content::Sequence(_) => (2, ""),
                Content::Mapping(_) => (3, ""),
            }
        }
        let unique = if pairs.len() <= 8 {
            pairs.iter().enumerate().all(|(index, pair)| {
                let own = identity(&pair.key);
                pairs.iter().take(index).all(|other| identity(&other.key) != own)
            })
        } else {
            let mut seen = BTreeSet::new();
            pairs.iter().all(|pair| seen.insert(identity(&pair.key)))
        };
        if unique {
            return false;
        }
        let mut groups: BTreeMap<(u8, &str), Vec<u32>> = BTreeMap::new();
        for Pair { key, .. } in pairs {
            groups.entry(identity(key)).or_default().push(key.origin.line);
        }
        // Each key complains about all those after it.
        let mut passed: BTreeMap<(u8, &str), usize> = BTreeMap::new();
        for Pair { key, .. } in pairs {
            let own = identity(key);
            let passed = passed.entry(own).or_default();
            *passed += 1;
            for line in groups.get(&own).into_iter().flatten().skip(*passed) {
                if self.errors.len() >= MAX_ERRORS {
                    return true;
                }
                let (shown, first) = (weir_golang::strconv::quote(own.1), key.origin.line);
                self.errors.push(format!(
                    "line {line}: mapping key {shown} already defined at line {first}"
                ));
            }
        }
        true
    }
}

struct Key {
    /// Equal for equal keys.
    id: SmolStr,
    decoded: Decoded,
}

fn has_alias_key(pairs: &[Pair]) -> bool {
    pairs.iter().any(|pair| matches!(pair.key.content, Content::Alias(_)))
}

fn alias_name(node: &Node) -> &str {
    if let Content::Alias(name) = &node.content { name } else { "" }
}

fn is_merge(key: &Node) -> bool {
    matches!(&key.content, Content::Scalar(text, ScalarTag::Merge) if text == "<<")
}

fn find_targets<'a>(
    node: &'a Node,
    anchors: &mut BTreeMap<&'a str, &'a Node>,
    targets: &mut BTreeMap<usize, &'a Node>,
) {
    if let Some(extras) = &node.extras
        && !extras.anchor.is_empty()
    {
        anchors.insert(&extras.anchor, node);
    }
    match &node.content {
        Content::Scalar(..) => {}
        Content::Alias(name) => {
            if let Some(target) = anchors.get(name.as_str()) {
                targets.insert(address(node), target);
            }
        }
        Content::Sequence(items) => {
            items.iter().for_each(|item| find_targets(item, anchors, targets));
        }
        Content::Mapping(pairs) => {
            for Pair { key, value } in pairs {
                find_targets(key, anchors, targets);
                find_targets(value, anchors, targets);
            }
        }
    }
}

fn scalar(node: &Node, text: &SmolStr, tag: ScalarTag) -> Step<DecodedData> {
    let written = node.extras.as_ref().map_or("", |extras| extras.tag.as_str());
    let resolved = match tag {
        ScalarTag::Str | ScalarTag::Merge | ScalarTag::Custom => {
            return Ok(DecodedData::String(text.clone()));
        }
        ScalarTag::Binary => {
            return match base64::decode(text) {
                Some(bytes) => Ok(match String::from_utf8(bytes) {
                    Ok(text) => DecodedData::String(text.into()),
                    Err(error) => DecodedData::Bytes(error.into_bytes()),
                }),
                None => fail(node, "!!binary value contains invalid base64 data"),
            };
        }
        ScalarTag::Null
        | ScalarTag::Bool
        | ScalarTag::Int
        | ScalarTag::Float
        | ScalarTag::Timestamp => {
            let plain = resolve::plain(text, Dialect::V3);
            if written.is_empty() && plain.tag() == tag {
                // A number put where a quoted text was keeps the quotes, and then is read as a text again.
                let quoted = !matches!(node.style, Style::Default | Style::Flow);
                if quoted { Resolved::Str } else { plain }
            } else {
                match resolve::tagged(tag.name(), text, Dialect::V3) {
                    Ok(resolved) => resolved,
                    Err(message) => return fail(node, &message),
                }
            }
        }
    };
    Ok(match resolved {
        Resolved::Null => DecodedData::Null,
        Resolved::Bool(value) => DecodedData::Bool(value),
        Resolved::Int(value) => DecodedData::Int(value),
        Resolved::Uint(value) => DecodedData::Uint(value),
        Resolved::Float(value) => DecodedData::Float(value),
        Resolved::Timestamp(time) => DecodedData::Time(time),
        Resolved::Str => DecodedData::String(text.clone()),
    })
}

fn show(key: &Decoded) -> String {
    into_value(key.clone()).map(|value| gosyntax::inner(&value, Maps::Strings)).unwrap_or_default()
}

fn into_value(decoded: Decoded) -> Step<Value> {
    let Decoded { data, origin } = decoded;
    let data = match data {
        DecodedData::Null => Data::Null,
        DecodedData::Bool(value) => Data::Bool(value),
        DecodedData::Int(value) => Data::Int(value),
        DecodedData::Uint(value) => Data::Uint(value),
        DecodedData::Float(value) if !value.is_finite() => {
            let word = number::yaml_float(value)
                .replace(".nan", "NaN")
                .replace("-.inf", "-Inf")
                .replace(".inf", "+Inf");
            return Err(YamlError::about(format!("json: unsupported value: {word}"), origin, 0));
        }
        DecodedData::Float(value) => float_through_json(value),
        DecodedData::String(text) => Data::String(text),
        DecodedData::Bytes(bytes) => Data::String(base64::to_text(&bytes).into()),
        DecodedData::Time(time) => Data::String(format_smolstr!("{time}")),
        DecodedData::List(items) => {
            Data::List(items.into_iter().map(into_value).collect::<Step<Vec<Value>>>()?.into())
        }
        DecodedData::Map(entries) => {
            let entries = entries.into_iter().map(|(key, value)| Ok((key, into_value(value)?)));
            Data::Map(entries.collect::<Step<Map>>()?.into())
        }
        DecodedData::AnyMap(_) => {
            let message = "json: unsupported type: map[interface {}]interface {}";
            return Err(YamlError::about(message, origin, 0));
        }
    };
    Ok(Value { data, origin, sensitive: false })
}
