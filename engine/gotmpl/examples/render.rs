//! How long does rendering take? Renders a chart-like template many times and says nothing; run it under `perf stat` or `time`.

use std::sync::Arc;

use weir_gotmpl::{Context, Function, Functions, Map, MissingKey, Output, Set, Type, Value};
use weir_model::Meter;

const HELPERS: &str = r#"{{- define "name" -}}{{ .Chart.Name | printf "%.63s" }}{{- end -}}
{{- define "labels" }}
app.kubernetes.io/name: {{ include "name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- if .Values.labels }}
{{- range $key, $value := .Values.labels }}
{{ $key }}: {{ $value | printf "%q" }}
{{- end }}
{{- end }}
{{- end }}"#;

const MAIN: &str = r#"{{- $root := . }}
{{- range $index, $port := .Values.ports }}
{{- if and $port.enabled (or (eq $port.protocol "TCP") (not $root.Values.strict)) }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "name" $root }}-{{ $index }}
  labels: {{ include "labels" $root }}
spec:
  type: {{ $root.Values.service.type }}
  ports:
    - port: {{ $port.number }}
      protocol: {{ $port.protocol }}
      {{- with $port.name }}
      name: {{ . }}
      {{- end }}
{{- else if gt (len $root.Values.ports) 3 }}
# nothing for {{ $index }}
{{- end }}
{{- end }}
"#;

const TABLE: &[Function] =
    &[Function::new("include", &[Type::String, Type::Any], |context, args| {
        let mut out = Output::new();
        context.execute(&args.text(0), args.value(1), &mut out)?;
        Ok(Value::from_bytes(out.into_bytes()))
    })];

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect::<Map>())
}

fn main() {
    let functions = Functions::new(&[TABLE]);
    let mut set = Set::new();
    set.parse("helpers", HELPERS, &functions).expect("the helpers parse");
    set.parse("main", MAIN, &functions).expect("the template parses");
    let set = Arc::new(set);
    let port = |number: i32| {
        map(&[
            ("enabled", true.into()),
            ("protocol", "TCP".into()),
            ("number", Value::float64(f64::from(number))),
            ("name", "http".into()),
        ])
    };
    let labels = map(&[
        ("team", "payments-and-ledger".into()),
        ("tier", "backend".into()),
        ("part-of", "shop".into()),
    ]);
    let values = map(&[
        ("ports", Value::list((0..20).map(|index| port(8000 + index)).collect())),
        ("labels", labels),
        ("strict", false.into()),
        ("service", map(&[("type", "ClusterIP".into())])),
    ]);
    let data = map(&[
        ("Values", values),
        ("Chart", map(&[("Name", "web".into())])),
        ("Release", map(&[("Name", "production".into())])),
    ]);
    for _ in 0..5_000 {
        let mut out = Output::new();
        let mut meter = Meter::default();
        let mut context = Context::new(&set, &functions, MissingKey::Invalid, &mut meter, &());
        context.execute("main", &data, &mut out).expect("it renders");
        assert!(out.as_bytes().len() > 1_000, "there is output");
    }
}
