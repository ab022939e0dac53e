//! Go's `strconv`: numbers and quoted strings to text and back.

mod float;
mod number;
mod quote;

pub use float::format_float;
pub use number::{NumError, NumErrorKind, atoi, parse_float, parse_int, parse_uint};
pub use quote::{
    can_backquote, is_print, quote, quote_bytes, quote_bytes_to_ascii, quote_char, quote_to_ascii,
    unquote, unquote_char,
};
