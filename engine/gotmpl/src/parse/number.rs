//! Number literals: one text may be several types at once, and the place of use decides.

use smol_str::SmolStr;
use weir_golang::strconv;

/// A number literal with each type it can be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Number {
    pub(crate) text: SmolStr,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Number {
    /// Reads `'c'`.
    pub(super) fn character(text: &str) -> Result<Self, String> {
        let mut bytes = Vec::new();
        let inside = text.get(1..).unwrap_or_default();
        let (code, rest) =
            strconv::unquote_char(inside, b'\'', &mut bytes).ok_or("invalid syntax")?;
        if rest != "'" {
            return Err(format!("malformed character constant: {text}"));
        }
        Ok(Self {
            text: text.into(),
            int: Some(i64::from(code)),
            uint: Some(u64::from(code)),
            float: Some(f64::from(code)),
            complex: None,
        })
    }

    /// Reads `1+2i`.
    pub(super) fn complex(text: &str) -> Result<Self, String> {
        let body = text.strip_suffix('i').ok_or("syntax error scanning complex number")?;
        let split = body
            .char_indices()
            .skip(1)
            .filter(|(index, character)| {
                matches!(character, '+' | '-') && !body[..*index].ends_with(['e', 'E', 'p', 'P'])
            })
            .last()
            .map(|(index, _)| index)
            .ok_or("syntax error scanning complex number")?;
        let part = |text: &str| strconv::parse_float(text, 64).map_err(|error| error.to_string());
        Ok(Self::of_complex(text, (part(&body[..split])?, part(&body[split..])?)))
    }

    /// Reads any other number, with Go's prefixes and underscores.
    pub(super) fn plain(text: &str) -> Result<Self, String> {
        if let Some(body) = text.strip_suffix('i')
            && let Ok(imaginary) = strconv::parse_float(body, 64)
        {
            return Ok(Self::of_complex(text, (0.0, imaginary)));
        }
        let mut number = Self {
            text: text.into(),
            int: strconv::parse_int(text, 0, 64).ok(),
            uint: strconv::parse_uint(text, 0, 64).ok(),
            ..Self::default()
        };
        if number.int == Some(0) && number.uint.is_none() {
            number.uint = Some(0);
        }
        if let Some(int) = number.int {
            number.float = Some(int as f64);
        } else if let Some(uint) = number.uint {
            number.float = Some(uint as f64);
        } else if let Ok(float) = strconv::parse_float(text, 64) {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", strconv::quote(text)));
            }
            number.set_float(float);
        } else {
            return Err(format!("illegal number syntax: {}", strconv::quote(text)));
        }
        Ok(number)
    }

    /// Tells whether it is written as a floating point number.
    pub(crate) fn looks_float(&self) -> bool {
        let hexadecimal = self.text.len() > 2
            && (self.text.starts_with("0x") || self.text.starts_with("0X"))
            && !self.text.contains(['p', 'P']);
        !hexadecimal
            && !self.text.starts_with('\'')
            && self.text.contains(['.', 'e', 'E', 'p', 'P'])
    }

    fn of_complex(text: &str, value: (f64, f64)) -> Self {
        let mut number = Self { text: text.into(), complex: Some(value), ..Self::default() };
        if value.1 == 0.0 {
            number.set_float(value.0);
        }
        number
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole and to fit"
    )]
    fn set_float(&mut self, value: f64) {
        self.float = Some(value);
        if value.fract() == 0.0 && (-(2f64.powi(63))..2f64.powi(63)).contains(&value) {
            self.int = Some(value as i64);
        }
        if value.fract() == 0.0 && (0.0..2f64.powi(64)).contains(&value) {
            self.uint = Some(value as u64);
        }
    }
}
