//! Adding a value at a path, as a whole or as a part of a file path.

use weir_yaml::Node;

use crate::fields::{Create, FieldError, Kind, lookup_create, set_scalar};

/// Sets the text at `path` (parts parted by `/`, or escaped `\/`), and makes it when it is missing. With a position
/// above 0 the text that is there is a file path, and `value` becomes its part of this number.
pub fn add_value(
    object: &mut Node,
    path: &str,
    value: &str,
    position: i64,
) -> Result<(), FieldError> {
    let mut parts: Vec<String> = Vec::new();
    for piece in path.split('/') {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push('/');
                last.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    let Some(node) = lookup_create(object, &parts, Create::SCALAR)? else { return Ok(()) };
    Kind::Scalar.expect(node)?;
    let value = match usize::try_from(position) {
        Ok(position @ 1..) => insert_part(node.text().unwrap_or_default(), position - 1, value),
        _ => value.to_owned(),
    };
    if value.is_empty() {
        return Ok(());
    }
    set_scalar(node, &value, None)
}

/// Puts a part into a file path; a position past the end is the end.
fn insert_part(path: &str, position: usize, part: &str) -> String {
    if part.is_empty() {
        return path.to_owned();
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.insert(position.min(parts.len()), part);
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_goes_to_its_place() {
        for (path, position, expected) in [
            ("", 0, "PEACH"),
            ("/", 5, "/PEACH"),
            ("pie", 0, "PEACH/pie"),
            ("/pie", 0, "/PEACH/pie"),
            ("/raw", 9, "/raw/PEACH"),
            ("/a/nice/warm/pie", 3, "/a/nice/warm/PEACH/pie"),
        ] {
            assert_eq!(insert_part(path, position, "PEACH"), expected, "{path}");
        }
    }
}
