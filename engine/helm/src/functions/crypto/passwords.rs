//! Passwords: bcrypt, derived ones, and texts encrypted with one.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use weir_gotmpl::{Args, Context, Error, Function, Type, UintKind, Value};

use crate::functions::{Outcome, base_n, meter, sources};

const STRING: Type = Type::String;
const BLOCK: usize = 16;

/// Sprig's functions for passwords.
pub(super) const TABLE: &[Function] = &[
    Function::new("bcrypt", &[STRING], |context, args| {
        Ok(bcrypt_of(context, args.bytes(0))?.into())
    }),
    Function::new("htpasswd", &[STRING, STRING], |context, args| {
        let user = args.text(0);
        if user.contains(':') {
            return Ok(format!("invalid username: {user}").into());
        }
        Ok(format!("{user}:{}", bcrypt_of(context, args.bytes(1))?).into())
    }),
    Function::new(
        "derivePassword",
        &[Type::Uint(UintKind::Uint32), STRING, STRING, STRING, STRING],
        derive,
    ),
    Function::new("encryptAES", &[STRING, STRING], encrypt),
    Function::new("decryptAES", &[STRING, STRING], decrypt),
];

/// What one bcrypt or scrypt costs, in steps of the meter.
const SLOW: u64 = 500_000;
/// What the derivation of a password costs, which takes much memory as well.
const SLOWER: u64 = 2_000_000;

fn bcrypt_of(context: &mut Context<'_>, password: &[u8]) -> Result<String, Error> {
    const COST: u32 = 10;
    context.meter().step(SLOW)?;
    if password.len() > 72 {
        return Ok(
            "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
                .to_owned(),
        );
    }
    let mut salt = [0; 16];
    sources(context)?.fill(&mut salt);
    let hash = bcrypt::hash_with_salt(password, COST, salt).map_err(|error| error.to_string())?;
    Ok(hash.format_for_version(bcrypt::Version::TwoA))
}

/// The kinds of passwords, each with templates that say what each character is taken from.
const KINDS: &[(&str, &[&str])] = &[
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

/// What the letters of a template stand for.
const CHARACTERS: &[(char, &str)] = &[
    ('V', "AEIOU"),
    ('C', "BCDFGHJKLMNPQRSTVWXYZ"),
    ('v', "aeiou"),
    ('c', "bcdfghjklmnpqrstvwxyz"),
    ('A', "AEIOUBCDFGHJKLMNPQRSTVWXYZ"),
    ('a', "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"),
    ('n', "0123456789"),
    ('o', "@&%?,=[]_:-+*$#!'^~;()/."),
    ('x', "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()"),
];

/// Derives a password for a site from a master password, as Master Password does.
fn derive(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    const SCOPE: &[u8] = b"com.lyndir.masterpassword";
    let kind = args.text(1);
    let Some((_, templates)) = KINDS.iter().find(|(name, _)| *name == kind) else {
        return Ok(format!("cannot find password template {kind}").into());
    };
    context.meter().step(SLOWER)?;
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    let (password, user, site) = (args.bytes(2), args.bytes(3), args.bytes(4));
    let failed = || Error::new("failed to derive password");
    let parameters = scrypt::Params::new(15, 8, 2).map_err(|_| failed())?;
    let mut key = [0; 64];
    let salt = [SCOPE, &length(user), user].concat();
    scrypt::scrypt(password, &salt, &parameters, &mut key).map_err(|_| failed())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| failed())?;
    let counter = u32::try_from(args.int(0)).unwrap_or_default();
    mac.update(&[SCOPE, &length(site), site, &counter.to_be_bytes()].concat());
    let seed = mac.finalize().into_bytes();
    let (first, seed) = seed.split_first().ok_or_else(failed)?;
    let template = templates.get(usize::from(*first) % templates.len()).ok_or_else(failed)?;
    let character = |(place, byte): (char, &u8)| {
        let (_, set) = CHARACTERS.iter().find(|(letter, _)| *letter == place)?;
        set.as_bytes().get(usize::from(*byte) % set.len()).copied().map(char::from)
    };
    Ok(template.chars().zip(seed).filter_map(character).collect::<String>().into())
}

fn cipher(password: &[u8]) -> Aes256 {
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().zip(password) {
        *place = *byte;
    }
    Aes256::new(&key.into())
}

/// Encrypts with AES-256 in CBC mode, the initial block in front, in base 64.
fn encrypt(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let plain = args.bytes(1);
    if plain.is_empty() {
        return Ok("".into());
    }
    meter(context, plain.len() * 2)?;
    let mut previous = [0; BLOCK];
    sources(context)?.fill(&mut previous);
    let cipher = cipher(args.bytes(0));
    let padding = BLOCK - plain.len() % BLOCK;
    let padded = [plain, &vec![u8::try_from(padding).unwrap_or(0); padding]].concat();
    let mut out = previous.to_vec();
    for block in padded.as_chunks::<BLOCK>().0 {
        let mut mixed = *block;
        mixed.iter_mut().zip(previous).for_each(|(byte, before)| *byte ^= before);
        let mut mixed = Array::from(mixed);
        cipher.encrypt_block(&mut mixed);
        previous = mixed.into();
        out.extend_from_slice(&previous);
    }
    Ok(base_n::encode_64(&out).into())
}

/// Decrypts what [`encrypt`] made; where Go panics on anything else, the error says what it says.
fn decrypt(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let text = args.bytes(1);
    if text.is_empty() {
        return Ok("".into());
    }
    let bytes =
        base_n::decode_64(text).map_err(|at| format!("illegal base64 data at input byte {at}"))?;
    let Some((start, rest)) = bytes.split_first_chunk::<BLOCK>() else {
        // Go's buffer is a little larger than what was decoded.
        let capacity = text.len() / 4 * 3;
        return Err(if capacity < BLOCK {
            format!("runtime error: slice bounds out of range [:{BLOCK}] with capacity {capacity}")
                .into()
        } else {
            format!("runtime error: slice bounds out of range [{BLOCK}:{}]", bytes.len()).into()
        });
    };
    let (blocks, []) = rest.as_chunks::<BLOCK>() else {
        return Err("crypto/cipher: input not full blocks".into());
    };
    let (cipher, mut previous, mut out) =
        (cipher(args.bytes(0)), *start, Vec::with_capacity(rest.len()));
    for block in blocks {
        let mut plain = Array::from(*block);
        cipher.decrypt_block(&mut plain);
        out.extend(plain.iter().zip(previous).map(|(byte, before)| byte ^ before));
        previous = *block;
    }
    let Some(padding) = out.last().map(|byte| usize::from(*byte)) else {
        return Err("runtime error: index out of range [-1]".into());
    };
    let Some(length) = out.len().checked_sub(padding) else {
        return Err(format!(
            "runtime error: slice bounds out of range [:-{}]",
            padding - out.len()
        )
        .into());
    };
    out.truncate(length);
    Ok(Value::from_bytes(out))
}
