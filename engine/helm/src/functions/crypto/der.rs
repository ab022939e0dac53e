//! DER: nested values, each a tag, a length and the content. Enough to write certificates and to read keys and issuers.

/// Tags.
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Writes a value of a tag from its parts.
pub(super) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut out = vec![tag];
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let bytes: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(0));
        out.extend_from_slice(&bytes);
    }
    out.extend(parts.iter().copied().flatten());
    out
}

/// Writes a sequence.
pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, parts)
}

/// Writes a whole number without sign, given by its bytes.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..).unwrap_or_default();
    // A leading bit would be a sign.
    let pad: &[u8] = if digits.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    value(INTEGER, &[pad, digits])
}

/// Writes bytes as a bit string.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], bytes])
}

/// Writes an object identifier, given by its numbers.
pub(super) fn identifier(numbers: &[u32]) -> Vec<u8> {
    let mut content = Vec::new();
    if let [first, second, rest @ ..] = numbers {
        for number in std::iter::once(first * 40 + second).chain(rest.iter().copied()) {
            let groups = (0..5).rev().map(|group| number >> (7 * group) & 0x7f);
            let groups: Vec<u32> = groups.skip_while(|group| *group == 0).collect();
            let last = groups.len().saturating_sub(1);
            let byte =
                |(index, group): (usize, &u32)| *group as u8 | if index < last { 0x80 } else { 0 };
            content.extend(groups.iter().enumerate().map(byte));
            if groups.is_empty() {
                content.push(0);
            }
        }
    }
    value(0x06, &[&content])
}

/// Reads values one behind the other.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// Takes the next value: its tag, its content, and all its bytes.
    pub(super) fn take(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (tag, length) = (*self.0.first()?, *self.0.get(1)?);
        let (header, length) = match length {
            0..0x80 => (2, usize::from(length)),
            _ => {
                let count = usize::from(length & 0x7f);
                let bytes = self.0.get(2..2 + count).filter(|_| count <= 4)?;
                (
                    2 + count,
                    bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte)),
                )
            }
        };
        let end = header.checked_add(length)?;
        let (whole, content) = (self.0.get(..end)?, self.0.get(header..end)?);
        self.0 = self.0.get(end..)?;
        Some((tag, content, whole))
    }

    /// Takes the next value, which must have this tag, and returns its content.
    pub(super) fn of(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.take().filter(|(found, ..)| *found == tag).map(|(_, content, _)| content)
    }

    /// Takes the next value, which must be a sequence, and reads in it.
    pub(super) fn inner(&mut self) -> Option<Self> {
        self.of(SEQUENCE).map(Self)
    }
}
