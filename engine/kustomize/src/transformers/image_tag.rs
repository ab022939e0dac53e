//! `images`.

use weir_model::Value;

use super::{Named, Transformer, read_specs};
use crate::budget::Size;
use crate::config::TransformerConfig;
use crate::error::{Result, Within};
use crate::fields::FieldSpec;
use crate::filters::image::{self, ImageChange};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
use crate::kustomization::types::Image;
use crate::resources::ResourceList;
use crate::session::Session;

/// How long it takes to match an image, in looks at nodes.
const LOOK: usize = 4;

/// Changes the names, tags and digests of the images of one name.
pub(crate) struct ImageTagTransformer {
    change: ImageChange,
    specs: Vec<FieldSpec>,
}

impl ImageTagTransformer {
    fn new(image: &Image, specs: Vec<FieldSpec>) -> Self {
        let mut change = ImageChange::of(&image.name);
        change.new_name = image.new_name.to_string();
        change.new_tag = image.new_tag.to_string();
        change.tag_suffix = image.tag_suffix.to_string();
        change.digest = image.digest.to_string();
        Self { change, specs }
    }

    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(config: &Value) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let (mut image, mut specs) = (Image::default(), Vec::new());
        decoder.fields("ImageTagTransformerPlugin", config, |decoder, key, value| {
            match key {
                "imagetag" => image = Image::read(decoder, value),
                "fieldspecs" => specs = read_specs(decoder, value).unwrap_or_default(),
                _ => return false,
            }
            true
        });
        decoder.finish(Box::new(Self::new(&image, specs)) as Box<dyn Transformer>)
    }
}

/// Makes a transformer for each entry of `images`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    config: &TransformerConfig,
    made: &mut Vec<Named>,
) {
    for image in &kustomization.images {
        made.push((
            "ImageTagTransformer",
            Box::new(ImageTagTransformer::new(image, config.images.clone())),
        ));
    }
}

impl Transformer for ImageTagTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        for resource in resources.as_mut() {
            let at = resource.at();
            let size = Size::of(&resource.node);
            session.step(LOOK * size.nodes).at(at)?;
            image::set_in_containers(&mut resource.node, &self.change).at(at)?;
        }
        for resource in resources.as_mut() {
            let at = resource.at();
            image::set(&mut resource.node, &self.change, &self.specs).at(at)?;
        }
        Ok(())
    }
}
