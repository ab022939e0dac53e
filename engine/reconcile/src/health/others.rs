//! Services, volume claims, definitions and the kinds that are always ready.

use weir_model::Value;

use super::fields::{conditions, text};
use super::{Health, HealthError};

pub(super) fn always(_object: &Value, _now: i64) -> Result<Health, HealthError> {
    Ok(Health::current("Resource is always ready"))
}

pub(super) fn disruption_budget(_object: &Value, _now: i64) -> Result<Health, HealthError> {
    Ok(Health::current("AllowedDisruptions has been computed."))
}

pub(super) fn volume_claim(object: &Value, _now: i64) -> Result<Health, HealthError> {
    let phase = text(object, &["status", "phase"], "unknown");
    Ok(if phase == "Bound" {
        Health::current("PVC is Bound")
    } else {
        Health::in_progress("NotBound", format!("PVC is not Bound. phase: {phase}"))
    })
}

pub(super) fn service(object: &Value, _now: i64) -> Result<Health, HealthError> {
    let is_balancer = text(object, &["spec", "type"], "ClusterIP") == "LoadBalancer";
    Ok(if is_balancer && text(object, &["spec", "clusterIP"], "").is_empty() {
        Health::in_progress("NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer")
    } else {
        Health::current("Service is ready")
    })
}

pub(super) fn crd(object: &Value, _now: i64) -> Result<Health, HealthError> {
    for condition in conditions(object)? {
        let is_refused = condition.is("NamesAccepted", "False")
            || (condition.is("Established", "False") && condition.reason != "Installing");
        if is_refused {
            return Ok(Health::failed(condition.reason, condition.message));
        }
        if condition.is("Established", "True") {
            return Ok(Health::current("CRD is established"));
        }
    }
    Ok(Health::in_progress("Installing", "Install in progress"))
}
