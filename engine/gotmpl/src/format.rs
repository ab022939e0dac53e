//! Go's `fmt`: values to text by verbs and flags.

mod number;
mod printer;
mod printf;
mod text;

use printer::Printer;

use crate::Value;

/// Formats as `fmt.Sprintf`.
pub fn sprintf(format: &[u8], args: &[Value]) -> Vec<u8> {
    let mut out = Vec::with_capacity(format.len() + 16 * args.len());
    printf::printf(&mut Printer::new(&mut out), format, args);
    out
}

/// Formats as `fmt.Sprint`: a space between arguments where neither is a string.
pub fn sprint(args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut previous_is_string = true;
    for (index, arg) in args.iter().enumerate() {
        let is_string = matches!(arg.underlying().as_ref(), Value::String(_) | Value::RawString(_));
        if index > 0 && !is_string && !previous_is_string {
            out.push(b' ');
        }
        write_value(&mut out, arg);
        previous_is_string = is_string;
    }
    out
}

/// Formats as `fmt.Sprintln`: a space between all arguments, and a line end.
pub fn sprintln(args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        write_value(&mut out, arg);
    }
    out.push(b'\n');
    out
}

/// Formats one value as `%v`, as sprig's `toString` does; stray bytes become U+FFFD.
pub fn to_text(value: &Value) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value);
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The longest text that printing makes: a format may ask for much, and a map may contain itself twice. What is longer
/// is cut off, and whoever asked for it has to refuse it.
pub(crate) const LONGEST: usize = 64 << 20;

/// Writes one value as `%v`.
pub(crate) fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => out.extend_from_slice(text.as_bytes()),
        _ => Printer::new(out).arg(value, 'v'),
    }
}

/// Writes one value as a template action prints it: pointers are followed first, and nothing shows as `<no value>`.
/// Returns false when the value cannot be printed.
pub(crate) fn print_action(out: &mut Vec<u8>, value: &Value) -> bool {
    match value {
        Value::NoValue | Value::Nil => out.extend_from_slice(b"<no value>"),
        Value::Func(_) => return false,
        Value::Object(object) if let Some(text) = object.string_in_place() => {
            out.extend_from_slice(text.as_bytes());
        }
        Value::Object(object)
            if object.type_name().starts_with('*')
                && !object.is_nil()
                && object.string().is_none() =>
        {
            Printer::new(out).pointee(value);
        }
        _ => write_value(out, value),
    }
    true
}
