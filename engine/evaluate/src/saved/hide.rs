//! Taking the secrets out of files.
//!
//! Secret is: `data` and `stringData` of a Secret, wherever one is written, also in patches; what a secret generator reads or
//! is given; patches for Secrets; private keys, wherever they lie. A reference such as `${TOKEN}` is none. What a chart's
//! template or a release's `values` hold in plain text is not known to be a secret.

mod documents;
mod keys;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_flux::data::{ObjectData, object_data};
use weir_model::{Artifact, Blob, Digest, Manifest, Tree, TreeBuilder, TreePath};

use documents::Documents;

/// What stands in the place of a secret.
const STAND_IN: &str = "(hidden)";
/// The same where base64 is wanted.
const STAND_IN_BASE64: &str = "KGhpZGRlbik=";

/// How a file holds secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holds {
    /// All of it is one.
    Whole,
    /// Lines of `NAME=secret`.
    Variables,
    /// A patch of operations, whose values are.
    Operations,
}

/// Hides secrets, and remembers their texts.
#[derive(Default)]
pub(super) struct Hider {
    secrets: BTreeSet<String>,
    /// Trees that are done: many sources share one.
    trees: BTreeMap<Digest, Arc<Tree>>,
}

impl Hider {
    /// Returns the secrets that were found: as they are written, and where that is base64, what it stands for.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    /// Hides what the files of a source hold.
    pub(super) fn artifact(&mut self, artifact: &Artifact) -> Artifact {
        let digest = *artifact.tree.digest();
        let tree = match self.trees.get(&digest) {
            Some(tree) => Arc::clone(tree),
            None => {
                let tree = self.tree(&artifact.tree);
                self.trees.insert(digest, Arc::clone(&tree));
                tree
            }
        };
        Artifact { revision: artifact.revision.clone(), tree }
    }

    /// Hides the data of an object, when it is a Secret.
    pub(super) fn object(&mut self, manifest: &Manifest) -> Manifest {
        if let (true, ObjectData::Plain(data)) =
            (manifest.kind() == "Secret", object_data(manifest))
        {
            self.secrets.extend(data.into_values());
        }
        let mut documents = Documents::new(&mut self.secrets);
        let value = documents.value(manifest.value().clone());
        Manifest::new(value).unwrap_or_else(|_| manifest.clone())
    }

    fn tree(&mut self, tree: &Arc<Tree>) -> Arc<Tree> {
        let mut named = BTreeMap::new();
        let mut changed: BTreeMap<TreePath, Vec<u8>> = BTreeMap::new();
        for (path, blob) in tree.files() {
            let mut bytes = None;
            if is_structured(path) && may_hold_secrets(blob.bytes()) {
                let mut documents = Documents::new(&mut self.secrets);
                bytes = documents.text(blob.text().unwrap_or_default()).map(String::into_bytes);
                let folder = path.parent().unwrap_or_default();
                for (name, holds) in documents.named {
                    if let Ok(path) = folder.join(&name) {
                        named.insert(path, holds);
                    }
                }
            }
            if let Some(bytes) = keys::without(bytes.as_deref().unwrap_or(blob.bytes())).or(bytes) {
                changed.insert(path.clone(), bytes);
            }
        }
        for (path, holds) in named {
            let Some(blob) = tree.file(&path) else { continue };
            let bytes = changed.get(&path).map_or(blob.bytes(), Vec::as_slice).to_vec();
            changed.insert(path, self.named(&bytes, holds));
        }
        if changed.is_empty() {
            return Arc::clone(tree);
        }
        let mut builder = TreeBuilder::default();
        for (path, blob) in tree.files() {
            let blob = changed.remove(path).map_or_else(|| blob.clone(), Blob::new);
            builder.insert(path.clone(), blob);
        }
        Arc::new(builder.finish())
    }

    /// Hides a file that something else says is secret. What SOPS has encrypted stays.
    fn named(&mut self, bytes: &[u8], holds: Holds) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(bytes) else { return STAND_IN.into() };
        if weir_flux::sops::is_encrypted_text(bytes) {
            return bytes.to_vec();
        }
        match holds {
            Holds::Whole => {
                self.secrets.insert(text.trim().to_owned());
                self.secrets.extend(text.lines().map(|line| line.trim().to_owned()));
                STAND_IN.into()
            }
            Holds::Variables => {
                let mut all = String::new();
                for line in text.lines() {
                    let (name, secret) = line.split_once('=').unwrap_or((line, ""));
                    all.push_str(name);
                    if !secret.is_empty() {
                        self.secrets.insert(secret.trim().to_owned());
                        all.push('=');
                        all.push_str(STAND_IN);
                    }
                    all.push('\n');
                }
                all.into_bytes()
            }
            Holds::Operations => {
                let mut documents = Documents::new(&mut self.secrets);
                documents.operations(text).map_or_else(|| bytes.to_vec(), String::into_bytes)
            }
        }
    }
}

fn is_structured(path: &TreePath) -> bool {
    let name = path.name();
    [".yaml", ".yml", ".json", "Kustomization"].iter().any(|end| name.ends_with(end))
}

fn may_hold_secrets(bytes: &[u8]) -> bool {
    [&b"Secret"[..], b"secretGenerator"].iter().any(|sign| keys::find(bytes, sign).is_some())
}

#[cfg(test)]
mod tests {
    use weir_model::Revision;

    use super::*;

    fn hidden(files: &[(&str, &str)]) -> (Vec<(String, String)>, Vec<String>) {
        let mut builder = TreeBuilder::default();
        for (path, text) in files {
            builder.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
        }
        let artifact = Artifact { revision: Revision("x".into()), tree: builder.finish().into() };
        let mut hider = Hider::default();
        let tree = hider.artifact(&artifact).tree;
        let files = tree
            .files()
            .map(|(path, blob)| (path.to_string(), blob.text().unwrap_or_default().to_owned()));
        (files.collect(), hider.secrets().map(str::to_owned).collect())
    }

    #[test]
    fn secrets_are_hidden_wherever_they_are_written() {
        let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("stringData", &[("a.yaml", &format!("{secret}stringData: {{p: hunter2}}\n"))]),
            ("data", &[("a.yml", &format!("{secret}data: {{p: aHVudGVyMg==}}\n"))]),
            ("a block", &[("a.yml", &format!("{secret}stringData:\n  p: |\n    a: hunter2\n"))]),
            ("JSON", &[("a.json", r#"{"kind": "Secret", "stringData": {"p": "hunter2"}}"#)]),
            (
                "a list",
                &[("a.yaml", "kind: List\nitems:\n- kind: Secret\n  stringData: {p: hunter2}\n")],
            ),
            (
                "a comment",
                &[("a.yaml", &format!("{secret}# hunter2\nstringData: {{p: hunter2}}\n"))],
            ),
            (
                "the last applied",
                &[(
                    "a.yaml",
                    "kind: Secret\nmetadata:\n  name: a\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{\"p\": \"hunter2\"}'\n",
                )],
            ),
            ("what cannot be read", &[("a.yaml", &format!("{secret}stringData: {{p: hunter2\n"))]),
            (
                "a template",
                &[(
                    "a.yaml",
                    &format!(
                        "{secret}stringData:\n  x: {{{{ .Values.x }}}}\n  {{{{- if x }}}}\n  p: hunter2\n"
                    ),
                )],
            ),
            (
                "literals",
                &[("kustomization.yaml", "secretGenerator:\n- name: a\n  literals: [p=hunter2]\n")],
            ),
            (
                "files of a generator",
                &[
                    (
                        "b/kustomization.yaml",
                        "secretGenerator:\n- name: a\n  files: [k=../c/p.txt]\n  envs: [p.env]\n",
                    ),
                    ("c/p.txt", "hunter2\n"),
                    ("b/p.env", "P=hunter2\n"),
                ],
            ),
            (
                "a generator",
                &[
                    ("g.yaml", "kind: SecretGenerator\nmetadata: {name: a}\nfiles: [p]\n"),
                    ("p", "hunter2"),
                ],
            ),
            (
                "an inline patch",
                &[(
                    "kustomization.yaml",
                    "patches:\n- patch: |\n    kind: Secret\n    metadata: {name: a}\n    stringData: {p: hunter2}\n",
                )],
            ),
            (
                "operations",
                &[(
                    "kustomization.yaml",
                    "patches:\n- target: {kind: Secret}\n  patch: |\n    - {op: add, path: /data/p, value: hunter2}\n",
                )],
            ),
            (
                "operations in a file",
                &[
                    ("kustomization.yaml", "patches:\n- target: {kind: Secret}\n  path: p.yaml\n"),
                    ("p.yaml", "- {op: add, path: /data/p, value: hunter2}\n"),
                ],
            ),
            ("a private key", &[("age.txt", "# hunter2\nAGE-SECRET-KEY-1hunter2\n")]),
            (
                "a certificate's key",
                &[("x.pem", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n")],
            ),
        ];
        for (name, files) in cases {
            let (hidden, _) = hidden(files);
            let all = format!("{hidden:?}");
            assert!(!all.contains("hunter2") && !all.contains("aHVudGVyMg"), "{name}: {all}");
            assert_eq!(hidden.len(), files.len(), "{name}");
        }
    }

    #[test]
    fn what_is_no_secret_stays_byte_for_byte() {
        let files = [
            ("a.yaml", "# Secret\nkind: ConfigMap # x\ndata: {p: hunter2}\n"),
            ("ref.yaml", "kind: Secret\nstringData:\n    token: \"${TOKEN}\" # as it is\n"),
            (
                "release.yaml",
                "kind: HelmRelease\nspec:\n  valuesFrom:\n  - kind: Secret\n    name: a\n",
            ),
            (
                "sops.yaml",
                "kind: Secret\nstringData:\n    p: ENC[AES256_GCM,data:x,type:str]\nsops:\n    mac: ENC[x]\n",
            ),
        ];
        let (hidden, secrets) = hidden(&files);
        for ((path, text), (other, now)) in files.iter().zip(&hidden) {
            assert_eq!((*path, *text), (other.as_str(), now.as_str()));
        }
        assert_eq!(secrets, [""; 0]);
    }

    #[test]
    fn the_keys_beside_encrypted_data_go() {
        let text = "kind: Secret\nstringData:\n    p: ENC[AES256_GCM,data:x,type:str]\nsops:\n    age:\n    - recipient: age1x\n      enc: |\n        -----BEGIN AGE ENCRYPTED FILE-----\n        YWdlLWVuY3J5cHRpb24\n        -----END AGE ENCRYPTED FILE-----\n    kms:\n    - arn: x\n      enc: AQICAHhabc\n    mac: ENC[x]\n";
        let (hidden, _) = hidden(&[("a.yaml", text)]);
        assert!(!hidden[0].1.contains("YWdlLWVuY3J5cHRpb24"), "{}", hidden[0].1);
        assert!(!hidden[0].1.contains("AQICAHhabc"), "{}", hidden[0].1);
        assert!(hidden[0].1.contains("p: ENC[AES256_GCM,data:x,type:str]"));
    }
}
