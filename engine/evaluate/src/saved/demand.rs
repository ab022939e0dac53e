//! Demands as bytes. The numbers of the kinds stay as they are: they are part of the format.

use super::parts::{Reader, Writer};
use crate::{
    BucketDemand, Demand, GitDemand, GitReference, HelmChartDemand, OciDemand, OciReference,
};

pub(super) fn write(writer: &mut Writer, demand: &Demand) {
    match demand {
        Demand::Git(GitDemand { url, reference, recurse_submodules }) => {
            writer.bytes.byte(0);
            writer.text(url);
            let GitReference { branch, tag, semver, name, commit } = reference;
            for part in [branch, tag, semver, name, commit] {
                writer.bytes.optional_text(part.as_deref());
            }
            writer.bytes.byte(u8::from(*recurse_submodules));
        }
        Demand::Oci(OciDemand { url, reference, media_type, copy, insecure }) => {
            writer.bytes.byte(1);
            writer.text(url);
            let OciReference { tag, semver, semver_filter, digest } = reference;
            for part in [tag, semver, semver_filter, digest] {
                writer.bytes.optional_text(part.as_deref());
            }
            writer.text(media_type);
            writer.bytes.byte(u8::from(*copy));
            writer.bytes.byte(u8::from(*insecure));
        }
        Demand::HelmChart(HelmChartDemand { repository, chart, version, insecure }) => {
            writer.bytes.byte(2);
            [repository, chart, version].into_iter().for_each(|text| writer.text(text));
            writer.bytes.byte(u8::from(*insecure));
        }
        Demand::Bucket(BucketDemand { provider, endpoint, bucket, prefix }) => {
            writer.bytes.byte(3);
            writer.text(provider);
            writer.text(endpoint);
            writer.text(bucket);
            writer.text(prefix);
        }
        Demand::Remote(url) => {
            writer.bytes.byte(4);
            writer.text(url);
        }
        Demand::Object(id) => {
            writer.bytes.byte(5);
            writer.id(id);
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Demand> {
    Some(match reader.bytes.byte()? {
        0 => Demand::Git(GitDemand {
            url: reader.string()?,
            reference: GitReference {
                branch: reader.optional_name()?,
                tag: reader.optional_name()?,
                semver: reader.optional_name()?,
                name: reader.optional_name()?,
                commit: reader.optional_name()?,
            },
            recurse_submodules: reader.flag()?,
        }),
        1 => Demand::Oci(OciDemand {
            url: reader.string()?,
            reference: OciReference {
                tag: reader.optional_name()?,
                semver: reader.optional_name()?,
                semver_filter: reader.optional_name()?,
                digest: reader.optional_name()?,
            },
            media_type: reader.name()?,
            copy: reader.flag()?,
            insecure: reader.flag()?,
        }),
        2 => Demand::HelmChart(HelmChartDemand {
            repository: reader.string()?,
            chart: reader.string()?,
            version: reader.string()?,
            insecure: reader.flag()?,
        }),
        3 => Demand::Bucket(BucketDemand {
            provider: reader.name()?,
            endpoint: reader.string()?,
            bucket: reader.name()?,
            prefix: reader.name()?,
        }),
        4 => Demand::Remote(reader.string()?),
        5 => Demand::Object(reader.id()?),
        _ => return None,
    })
}
