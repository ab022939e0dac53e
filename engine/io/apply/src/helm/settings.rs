//! How a HelmRelease wants its actions to be done.

use std::time::Duration;

use weir_flux::kinds::CrdPolicy;
use weir_model::{Manifest, Value};
use weir_reconcile::ignore::IgnoreRule;

use super::wait::Until;

/// What helm-controller waits when nothing is said.
const TIMEOUT: Duration = Duration::from_secs(300);

/// What `spec` says about one action.
#[derive(Clone, Debug)]
pub(super) struct Action {
    pub(super) timeout: Duration,
    /// What is waited for afterwards; nothing when that is disabled.
    pub(super) wait: Option<Until>,
    pub(super) hooks: bool,
    /// Whether objects of others become the release's.
    pub(super) takes_ownership: bool,
    /// Whether objects are applied by the server; nothing when the last revision decides.
    pub(super) server_side: Option<bool>,
    /// Whether objects are replaced, where they are not applied by the server.
    pub(super) force: bool,
    /// Whether what a failed action made is deleted.
    pub(super) cleanup: bool,
    pub(super) crds: CrdPolicy,
}

/// What `spec` says about all actions.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) install: Action,
    pub(super) upgrade: Action,
    pub(super) rollback: Action,
    pub(super) uninstall: Action,
    pub(super) test: Action,
    /// Whether the namespace of the release is made.
    pub(super) create_namespace: bool,
    /// Whether the name of an uninstalled release may be used again.
    pub(super) replace: bool,
    pub(super) keep_history: bool,
    /// What becomes of what deleted objects own: `Background`, `Foreground` or `Orphan`.
    pub(super) propagation: &'static str,
    /// How many records are kept; all when it is 0.
    pub(super) max_history: usize,
    /// Fields that others may change.
    pub(super) ignore: Vec<IgnoreRule>,
}

impl Settings {
    /// Reads a HelmRelease. Fails on rules that cannot be read.
    pub(super) fn read(manifest: &Manifest) -> Result<Self, String> {
        let spec = manifest.spec();
        let field = |path: &[&str]| spec.and_then(|spec| spec.pointer(path));
        let text = |path: &[&str]| field(path).and_then(Value::as_str).unwrap_or_default();
        let flag = |path: &[&str]| field(path).and_then(Value::as_bool).unwrap_or_default();
        let timeout = duration(text(&["timeout"])).unwrap_or(TIMEOUT);
        let server_side = |action: &str| match text(&[action, "serverSideApply"]) {
            "enabled" => Some(true),
            "disabled" => Some(false),
            _ => None,
        };
        let action = |name: &str| Action {
            timeout: duration(text(&[name, "timeout"])).unwrap_or(timeout),
            wait: match (flag(&[name, "disableWait"]), flag(&[name, "disableWaitForJobs"])) {
                (true, _) => None,
                (false, true) => Some(Until::Ready),
                (false, false) => Some(Until::ReadyWithJobs),
            },
            hooks: !flag(&[name, "disableHooks"]),
            takes_ownership: !flag(&[name, "disableTakeOwnership"]),
            server_side: server_side(name),
            force: flag(&[name, "force"]),
            cleanup: flag(&[name, "cleanupOnFail"]),
            crds: match text(&[name, "crds"]) {
                "Skip" => CrdPolicy::Skip,
                "CreateReplace" => CrdPolicy::CreateReplace,
                _ => CrdPolicy::Create,
            },
        };
        let mut install = action("install");
        install.server_side =
            field(&["install", "serverSideApply"]).and_then(Value::as_bool).or(Some(true));
        if flag(&["install", "skipCRDs"]) {
            install.crds = CrdPolicy::Skip;
        }
        Ok(Self {
            install,
            upgrade: action("upgrade"),
            rollback: action("rollback"),
            uninstall: action("uninstall"),
            test: action("test"),
            create_namespace: flag(&["install", "createNamespace"])
                && !text(&["targetNamespace"]).is_empty(),
            replace: flag(&["install", "replace"]),
            keep_history: flag(&["uninstall", "keepHistory"]),
            propagation: match text(&["uninstall", "deletionPropagation"]) {
                "foreground" => "Foreground",
                "orphan" => "Orphan",
                _ => "Background",
            },
            max_history: field(&["maxHistory"])
                .and_then(Value::as_int)
                .map_or(5, |limit| limit.try_into().unwrap_or_default()),
            ignore: IgnoreRule::read_all(field(&["driftDetection", "ignore"]))?,
        })
    }
}

fn duration(text: &str) -> Option<Duration> {
    let read = weir_golang::time::Duration::parse(text).ok()?;
    Duration::try_from_secs_f64(read.seconds()).ok()
}

#[cfg(test)]
mod tests {
    use weir_model::Source;

    use super::*;

    fn settings(spec: &str) -> Settings {
        let text = format!(
            "{{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {{name: a}}, spec: {spec}}}"
        );
        let value = weir_yaml::read_value(text.as_bytes(), Source::default()).unwrap();
        Settings::read(&Manifest::new(value).unwrap()).unwrap()
    }

    #[test]
    fn what_is_not_said_is_helm_controllers_default() {
        let read = settings("{}");
        assert_eq!(read.install.timeout, TIMEOUT);
        assert_eq!(read.install.server_side, Some(true));
        assert_eq!(read.upgrade.server_side, None);
        assert_eq!(read.upgrade.crds, CrdPolicy::Create);
        assert_eq!(read.upgrade.wait, Some(Until::ReadyWithJobs));
        assert_eq!((read.max_history, read.propagation), (5, "Background"));
        assert!(read.install.hooks && read.install.takes_ownership && !read.keep_history);
    }

    #[test]
    fn what_is_said_counts() {
        let read = settings(
            "{timeout: 1m, maxHistory: 0, targetNamespace: b, install: {timeout: 3s, createNamespace: true, skipCRDs: true, disableWait: true, serverSideApply: false}, upgrade: {serverSideApply: disabled, force: true, disableWaitForJobs: true}, uninstall: {keepHistory: true, deletionPropagation: orphan, disableHooks: true}}",
        );
        assert_eq!(read.install.timeout, Duration::from_secs(3));
        assert_eq!(read.upgrade.timeout, Duration::from_secs(60));
        assert_eq!((read.install.wait, read.upgrade.wait), (None, Some(Until::Ready)));
        assert_eq!((read.install.crds, read.install.server_side), (CrdPolicy::Skip, Some(false)));
        assert_eq!((read.upgrade.server_side, read.upgrade.force), (Some(false), true));
        assert_eq!((read.max_history, read.propagation), (0, "Orphan"));
        assert!(read.create_namespace && read.keep_history && !read.uninstall.hooks);
    }
}
