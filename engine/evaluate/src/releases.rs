//! The releases of an evaluation, as they are installed.
//!
//! A plan shows a release as its first installation gives it, the same everywhere. What is really installed depends on the
//! revision, on what `lookup` finds and on chance; [`Releases`] renders just that, of the same inputs.

use std::sync::Arc;

use weir_flux::kinds::HelmRelease;
use weir_flux::taint;
use weir_helm::Chart;
use weir_helm::record::{Installation, RecordedChart, RecordedHook};
use weir_model::{Value, Warned};
use weir_plan::UnitId;

use crate::units::content::{Content, Occasion, content};
use crate::units::release::{ReleaseTask, circumstances, load};
use crate::units::{Task, Work};
use crate::walk::{Settled, Skip, settle};
use crate::{Memo, Snapshot};

/// The releases of an evaluation.
pub struct Releases<'a> {
    settled: Settled,
    memo: &'a Memo,
}

impl<'a> Releases<'a> {
    /// Evaluates a snapshot; what the memo knows is not rendered again.
    pub fn new(snapshot: &Snapshot, memo: &'a Memo) -> Self {
        Self { settled: settle(snapshot, memo, &Skip::Releases), memo }
    }

    /// Returns the inputs of a release; nothing when they could not be had.
    pub fn get(&self, unit: &UnitId) -> Option<ReleaseInput<'_>> {
        let task: &Task = self.settled.node(unit)?.task.as_ref()?;
        let Work::Release(task) = &task.work else { return None };
        let (chart, digest) = task.chart.numbering.number(load(task, self.memo).ok()?).ok()?;
        Some(ReleaseInput { task, chart, digest })
    }
}

/// The inputs of one release.
pub struct ReleaseInput<'a> {
    task: &'a ReleaseTask,
    chart: Arc<Chart>,
    digest: String,
}

impl ReleaseInput<'_> {
    /// Returns what the HelmRelease says.
    pub fn spec(&self) -> &HelmRelease {
        &self.task.release
    }

    /// Returns the digest of the artifact that the chart is from; empty when none numbers it.
    pub fn oci_digest(&self) -> &str {
        &self.digest
    }

    /// Returns the chart, under the version that helm-controller gives it.
    pub fn chart(&self) -> &Chart {
        &self.chart
    }

    /// Returns the values that are laid over the chart's own.
    pub fn values(&self) -> &Value {
        &self.task.values.merged
    }

    /// Renders a revision; gives nothing when that fails, and the diagnostics say why, without secrets.
    pub fn content(&self, occasion: &Occasion) -> Warned<Option<Content>> {
        content(self.task, &self.chart, occasion)
    }

    /// Returns what Helm records of a revision. The error is Helm's text.
    pub fn installation(&self, content: &Content) -> Result<Installation, String> {
        let (_, facts) = circumstances(self.task, [0; 32]);
        Ok(Installation {
            chart: RecordedChart::of(&self.chart, self.values(), &facts)?,
            config: self.values().clone(),
            manifest: content.manifest(),
            hooks: content.hooks.iter().map(RecordedHook::of).collect(),
            notes: content.notes.clone(),
        })
    }

    /// Takes the secrets among the values out of a text.
    pub fn without_secrets(&self, text: String) -> String {
        taint::hide(text, self.task.values.secrets.iter().map(String::as_str))
    }
}
