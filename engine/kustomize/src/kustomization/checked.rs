//! Parts of a kustomization that are kept as they are written, and read where they are used. Here unknown fields are refused.

use weir_model::Value;

use super::decode::Decoder;
use super::types::Selector;

/// Checks an entry of `replacements`.
pub(super) fn replacement(decoder: &mut Decoder, entry: &Value) -> Value {
    decoder.fields("ReplacementField", entry, |decoder, key, value| {
        match key {
            "path" | "sourcevalue" => drop(decoder.text(value)),
            "source" => decoder.fields("SourceSelector", value, |decoder, key, value| {
                match key {
                    "group" | "version" | "kind" | "name" | "namespace" | "fieldpath" => {
                        drop(decoder.text(value));
                    }
                    "options" => options(decoder, value),
                    _ => return false,
                }
                true
            }),
            "targets" => drop(decoder.list("[]*types.TargetSelector", value, target)),
            _ => return false,
        }
        true
    });
    entry.clone()
}

fn target(decoder: &mut Decoder, target: &Value) {
    decoder.fields("TargetSelector", target, |decoder, key, value| {
        match key {
            "select" => drop(Selector::read(decoder, value)),
            "reject" => drop(decoder.list("[]*types.Selector", value, Selector::read)),
            "fieldpaths" => drop(decoder.texts(value)),
            "options" => options(decoder, value),
            _ => return false,
        }
        true
    });
}

fn options(decoder: &mut Decoder, options: &Value) {
    decoder.fields("FieldOptions", options, |decoder, key, value| {
        match key {
            "delimiter" | "encoding" => drop(decoder.text(value)),
            "index" => {
                decoder.int(value);
            }
            "create" => {
                decoder.truth(value);
            }
            _ => return false,
        }
        true
    });
}

/// Checks an entry of `helmCharts`.
pub(super) fn chart(decoder: &mut Decoder, entry: &Value) -> Value {
    decoder.fields("HelmChart", entry, |decoder, key, value| {
        match key {
            "name" | "version" | "repo" | "releasename" | "namespace" | "valuesfile"
            | "valuesmerge" | "kubeversion" | "nametemplate" => drop(decoder.text(value)),
            "additionalvaluesfiles" | "apiversions" => drop(decoder.texts(value)),
            "includecrds" | "skiphooks" | "skiptests" | "debug" | "devel" => {
                decoder.truth(value);
            }
            "valuesinline" => {}
            _ => return false,
        }
        true
    });
    entry.clone()
}

/// Checks an entry of `helmChartInflationGenerator`.
pub(super) fn old_chart(decoder: &mut Decoder, entry: &Value) -> Value {
    decoder.fields("HelmChartArgs", entry, |decoder, key, value| {
        match key {
            "chartname" | "chartversion" | "chartrepourl" | "charthome" | "chartreponame"
            | "helmbin" | "helmhome" | "values" | "valuesmerge" | "releasename"
            | "releasenamespace" => drop(decoder.text(value)),
            "extraargs" => drop(decoder.texts(value)),
            "valueslocal" => {}
            _ => return false,
        }
        true
    });
    entry.clone()
}
