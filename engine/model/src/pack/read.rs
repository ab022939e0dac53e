//! The reading half: each method returns nothing where the bytes are not what it reads.

use crate::Digest;

/// Reads bytes from their start.
#[derive(Clone, Copy, Debug)]
pub struct PackReader<'bytes> {
    rest: &'bytes [u8],
}

impl<'bytes> PackReader<'bytes> {
    /// Starts to read.
    pub fn new(bytes: &'bytes [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns how many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Reads one byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Reads a number.
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Reads a number of things that each take at least one byte, so that no number makes anyone reserve memory in vain.
    pub fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    /// Reads a number with sign.
    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }

    /// Reads eight bytes.
    pub fn fixed(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.raw(8)?.try_into().ok()?))
    }

    /// Reads a text.
    pub fn text(&mut self) -> Option<&'bytes str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// Reads a text that may be absent.
    pub fn optional_text(&mut self) -> Option<Option<&'bytes str>> {
        match self.byte()? {
            0 => Some(None),
            1 => self.text().map(Some),
            _ => None,
        }
    }

    /// Reads bytes.
    pub fn bytes(&mut self) -> Option<&'bytes [u8]> {
        let length = self.count()?;
        self.raw(length)
    }

    /// Reads a digest.
    pub fn digest(&mut self) -> Option<Digest> {
        Some(Digest::from_bytes(self.raw(32)?.try_into().ok()?))
    }

    fn raw(&mut self, length: usize) -> Option<&'bytes [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PackWriter;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = PackWriter::default();
        let digest = Digest::of(b"x");
        for number in [0, 1, 127, 128, u64::MAX] {
            writer.number(number);
        }
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            writer.signed(number);
        }
        writer.fixed(7).text("text").optional_text(None).optional_text(Some("")).digest(&digest);
        let bytes = writer.finish();
        let mut reader = PackReader::new(&bytes);
        for number in [0, 1, 127, 128, u64::MAX] {
            assert_eq!(reader.number(), Some(number));
        }
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            assert_eq!(reader.signed(), Some(number));
        }
        assert_eq!((reader.fixed(), reader.text()), (Some(7), Some("text")));
        assert_eq!((reader.optional_text(), reader.optional_text()), (Some(None), Some(Some(""))));
        assert_eq!((reader.digest(), reader.left()), (Some(digest), 0));
    }

    #[test]
    fn what_is_cut_off_or_odd_is_refused() {
        assert_eq!(PackReader::new(&[0xff; 20]).number(), None);
        assert_eq!(PackReader::new(&[200, 1, b'a']).text(), None);
        assert_eq!(PackReader::new(&[1, 0xff]).text(), None);
        assert_eq!(PackReader::new(&[2]).optional_text(), None);
        assert_eq!(PackReader::new(&[0; 31]).digest(), None);
        assert_eq!(PackReader::new(&[]).byte(), None);
    }
}
