//! Go's `fmt`.

use crate::Value;

/// Formats as `fmt.Sprintf`.
pub fn sprintf(_format: &[u8], _args: &[Value]) -> Vec<u8> {
    Vec::new()
}

/// Formats as `fmt.Sprint`.
pub fn sprint(_args: &[Value]) -> Vec<u8> {
    Vec::new()
}

/// Formats as `fmt.Sprintln`.
pub fn sprintln(_args: &[Value]) -> Vec<u8> {
    Vec::new()
}
