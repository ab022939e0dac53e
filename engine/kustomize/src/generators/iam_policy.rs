//! `IAMPolicyGenerator`: a service account bound to one of a cloud.

use smol_str::SmolStr;
use weir_model::{Origin, Value};
use weir_yaml::Node;

use super::{Generator, data};
use crate::error::{BuildError, Result};
use crate::kustomization::decode::Decoder;
use crate::load::Folder;
use crate::resources::Resource;
use crate::session::Session;

/// Makes a ServiceAccount for Google's workload identity.
#[derive(Default)]
pub(crate) struct IamPolicyGenerator {
    cloud: SmolStr,
    name: SmolStr,
    namespace: SmolStr,
    account: SmolStr,
    project: SmolStr,
    at: Origin,
}

impl IamPolicyGenerator {
    /// Reads the generator from a resource of its kind.
    pub(crate) fn read(config: &Value) -> Result<Box<dyn Generator>> {
        let mut decoder = Decoder::typed();
        let mut read = Self { at: config.origin, ..Self::default() };
        decoder.fields("IAMPolicyGeneratorPlugin", config, |decoder, key, value| {
            match key {
                "cloud" => read.cloud = decoder.text(value),
                "kubernetesservice" => {
                    decoder.fields("KubernetesService", value, |decoder, key, value| {
                        match key {
                            "name" => read.name = decoder.text(value),
                            "namespace" => read.namespace = decoder.text(value),
                            _ => return false,
                        }
                        true
                    });
                }
                "serviceaccount" => {
                    decoder.fields("ServiceAccount", value, |decoder, key, value| {
                        match key {
                            "name" => read.account = decoder.text(value),
                            "projectid" => read.project = decoder.text(value),
                            _ => return false,
                        }
                        true
                    });
                }
                _ => return false,
            }
            true
        });
        decoder.finish(Box::new(read) as Box<dyn Generator>)
    }
}

impl Generator for IamPolicyGenerator {
    fn generate<'a>(&self, _: &Folder<'a>, _: &mut Session<'a>) -> Result<Vec<Resource>> {
        if self.cloud != "gke" {
            return Err(BuildError::new(format!(
                "cloud provider {} not supported yet",
                self.cloud
            ))
            .at(self.at));
        }
        let mut object = data::base("ServiceAccount", &self.name, &self.namespace, self.at);
        let account = format!("{}@{}.iam.gserviceaccount.com", self.account, self.project);
        let mut annotations = Node { origin: self.at, ..Node::mapping(Vec::new()) };
        annotations.set(
            "iam.gke.io/gcp-service-account",
            Node { origin: self.at, ..Node::string(account) },
        );
        if let Some(metadata) = object.get_mut("metadata") {
            metadata.set("annotations", annotations);
        }
        Ok(vec![Resource::new(object)])
    }
}
