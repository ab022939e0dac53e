//! Digests.

use weir_gotmpl::{Function, Type};

const STRING: Type = Type::String;

/// Sprig's functions for digests.
pub(super) const TABLE: &[Function] = &[
    Function::new("sha1sum", &[STRING], |_, args| Ok(hex::<sha1::Sha1>(args.bytes(0)).into())),
    Function::new("sha256sum", &[STRING], |_, args| Ok(hex::<sha2::Sha256>(args.bytes(0)).into())),
    Function::new("sha512sum", &[STRING], |_, args| Ok(hex::<sha2::Sha512>(args.bytes(0)).into())),
    Function::new("adler32sum", &[STRING], |_, args| Ok(adler32(args.bytes(0)).to_string().into())),
];

fn hex<D: sha2::Digest>(bytes: &[u8]) -> String {
    D::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn adler32(bytes: &[u8]) -> u32 {
    const PRIME: u32 = 65_521;
    let step = |(a, b): (u32, u32), byte: &u8| {
        let a = (a + u32::from(*byte)) % PRIME;
        (a, (b + a) % PRIME)
    };
    let (a, b) = bytes.iter().fold((1, 0), step);
    b << 16 | a
}
