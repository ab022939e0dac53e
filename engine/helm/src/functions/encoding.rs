//! JSON, YAML and TOML. Where sprig and Helm both have a function, Helm's counts.

use weir_gotmpl::{Args, Context, Function, Type};

use super::json::{self, PLAIN, Style};
use super::yaml::{self, Form};
use super::{Outcome, meter, toml};

const ANY: Type = Type::Any;
const STRING: Type = Type::String;
const PRETTY: Style = Style { pretty: true, ..PLAIN };
const RAW: Style = Style { escape_html: false, ..PLAIN };

/// The functions of both Helms.
pub(super) const TABLE: &[Function] = &[
    Function::new("toJson", &[ANY], |context, args| to_json_or_nothing(context, args, PLAIN))
        .deep(),
    Function::new("toPrettyJson", &[ANY], |context, args| {
        to_json_or_nothing(context, args, PRETTY)
    })
    .deep(),
    Function::new("toRawJson", &[ANY], |context, args| to_json(context, args, RAW)).deep(),
    Function::new("mustToJson", &[ANY], |context, args| to_json(context, args, PLAIN)).deep(),
    Function::new("mustToPrettyJson", &[ANY], |context, args| to_json(context, args, PRETTY))
        .deep(),
    Function::new("mustToRawJson", &[ANY], |context, args| to_json(context, args, RAW)).deep(),
    Function::new("fromJson", &[STRING], |context, args| {
        Ok(yaml::decode_map(context, args.bytes(0), Form::Json))
    }),
    Function::new("fromJsonArray", &[STRING], |context, args| {
        Ok(yaml::decode_list(context, args.bytes(0), Form::Json))
    }),
    Function::new("mustFromJson", &[STRING], |context, args| {
        yaml::decode(context, args.bytes(0), Form::Json)
    }),
    Function::new("toYaml", &[ANY], |context, args| {
        made(context, yaml::encode(args.value(0)).unwrap_or_default())
    })
    .deep(),
    Function::new("toYamlPretty", &[ANY], |context, args| {
        made(context, yaml::encode_pretty(args.value(0)))
    })
    .deep(),
    Function::new("fromYaml", &[STRING], |context, args| {
        Ok(yaml::decode_map(context, args.bytes(0), Form::Yaml))
    }),
    Function::new("fromYamlArray", &[STRING], |context, args| {
        Ok(yaml::decode_list(context, args.bytes(0), Form::Yaml))
    }),
    Function::new("toToml", &[ANY], |context, args| {
        let text = match toml::encode(args.value(0)) {
            Ok(text) | Err(toml::Failure::Error(text)) => text,
            Err(toml::Failure::Panic(text)) => return Err(text.into()),
        };
        made(context, text)
    })
    .deep(),
    Function::new("fromToml", &[STRING], |context, args| {
        let text = args.text(0);
        // A table takes few letters.
        context.meter().step(4 * text.len() as u64)?;
        Ok(toml::decode(&text))
    }),
];

/// The functions that Helm 4 adds.
pub(super) const TABLE_4: &[Function] = &[
    Function::new("mustToYaml", &[ANY], |context, args| {
        let text = yaml::encode(args.value(0))?;
        made(context, text)
    })
    .deep(),
    Function::new("mustToToml", &[ANY], |context, args| match toml::encode(args.value(0)) {
        Ok(text) => made(context, text),
        Err(toml::Failure::Error(text) | toml::Failure::Panic(text)) => Err(text.into()),
    })
    .deep(),
];

fn to_json(context: &mut Context<'_>, args: &Args<'_>, style: Style) -> Outcome {
    let text = json::encode(args.value(0), style)?;
    made(context, text)
}

fn to_json_or_nothing(context: &mut Context<'_>, args: &Args<'_>, style: Style) -> Outcome {
    made(context, json::encode(args.value(0), style).unwrap_or_default())
}

fn made(context: &mut Context<'_>, text: String) -> Outcome {
    meter(context, text.len())?;
    Ok(text.into())
}
