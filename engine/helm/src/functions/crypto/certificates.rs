//! X.509 certificates, as Go's `x509.CreateCertificate` makes them.

use std::any::Any;
use std::net::IpAddr;

use sha2::{Digest, Sha256};
use weir_golang::time::{Duration, Time, Zone};
use weir_gotmpl::{Args, Context, Error, Function, Object, Type, Value};

use super::der::{self, Reader};
use super::keys::Key;
use super::pem;
use crate::functions::{Outcome, Sources, base_n, cast, sources};

const STRING: Type = Type::String;
const LIST: Type = Type::LIST;
const INT: Type = Type::INT;
const CERTIFICATE: Type = Type::Named("sprig.certificate");
const RSA_BITS: usize = 2048;

/// What one key costs, in steps of the meter.
const SLOW: u64 = 2_000_000;

/// Sprig's functions for keys and certificates.
pub(super) const TABLE: &[Function] = &[
    Function::new("genPrivateKey", &[STRING], |context, args| {
        let kind = args.text(0);
        // Such a key has twice the bits of a certificate's, and takes a second.
        let is_large = matches!(&*kind, "" | "rsa");
        context.meter().step(if is_large { 2 * SLOW } else { SLOW })?;
        let key = Key::generate(&kind, sources(context)?)
            .map_err(|error| format!("failed to generate private key: {error}"))?;
        match key {
            Some(key) => Ok(key.to_pem()?.into()),
            None => Ok(format!("Unknown type {kind}").into()),
        }
    }),
    Function::new("genCA", &[STRING, INT], |context, args| {
        authority(context, args, |sources, _| new_key(sources))
    }),
    Function::new("genCAWithKey", &[STRING, INT, STRING], |context, args| {
        authority(context, args, |_, args| given_key(args, 2))
    }),
    Function::new("genSelfSignedCert", &[STRING, LIST, LIST, INT], |context, args| {
        self_signed(context, args, |sources, _| new_key(sources))
    }),
    Function::new(
        "genSelfSignedCertWithKey",
        &[STRING, LIST, LIST, INT, STRING],
        |context, args| self_signed(context, args, |_, args| given_key(args, 4)),
    ),
    Function::new("genSignedCert", &[STRING, LIST, LIST, INT, CERTIFICATE], |context, args| {
        signed(context, args, |sources, _| new_key(sources))
    }),
    Function::new(
        "genSignedCertWithKey",
        &[STRING, LIST, LIST, INT, CERTIFICATE, STRING],
        |context, args| signed(context, args, |_, args| given_key(args, 5)),
    ),
    Function::new("buildCustomCert", &[STRING, STRING], |_, args| custom(args)),
];

/// A certificate with its key, both in PEM.
struct Pair {
    certificate: String,
    key: String,
}

impl Object for Pair {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(self.certificate.as_str().into()),
            "Key" => Some(self.key.as_str().into()),
            _ => None,
        }
    }

    fn fields(&self) -> &'static [&'static str] {
        &["Cert", "Key"]
    }
}

type MakeKey = fn(&Sources, &Args<'_>) -> Result<Key, String>;

fn new_key(sources: &Sources) -> Result<Key, String> {
    Key::rsa(RSA_BITS, sources).map_err(|error| format!("error generating rsa key: {error}"))
}

fn given_key(args: &Args<'_>, index: usize) -> Result<Key, String> {
    Key::from_pem(&args.text(index)).map_err(|error| format!("parsing private key: {error}"))
}

fn authority(context: &mut Context<'_>, args: &Args<'_>, key: MakeKey) -> Outcome {
    context.meter().step(SLOW)?;
    let sources = sources(context)?;
    let key = key(sources, args)?;
    let subject =
        Subject { name: &args.text(0), names: Vec::new(), days: args.int(1), is_authority: true };
    issue(sources, &subject, &key, None)
}

fn self_signed(context: &mut Context<'_>, args: &Args<'_>, key: MakeKey) -> Outcome {
    context.meter().step(SLOW)?;
    let sources = sources(context)?;
    let name = args.text(0);
    let subject = subject(&name, args)?;
    issue(sources, &subject, &key(sources, args)?, None)
}

fn signed(context: &mut Context<'_>, args: &Args<'_>, key: MakeKey) -> Outcome {
    context.meter().step(SLOW)?;
    let sources = sources(context)?;
    let Value::Object(object) = args.value(4) else {
        return Err("unable to decode certificate".into());
    };
    let pair = object.as_any().downcast_ref::<Pair>().ok_or("unable to decode certificate")?;
    let (_, bytes) = pem::decode(&pair.certificate).ok_or("unable to decode certificate")?;
    let malformed =
        "error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate";
    let mut issuer = Issuer::read(&bytes).ok_or(malformed)?;
    let issuer_key =
        Key::from_pem(&pair.key).map_err(|error| format!("error parsing private key: {error}"))?;
    let name = args.text(0);
    let subject = subject(&name, args)?;
    if issuer_key.public_info().ok().as_deref() != Some(issuer.public_info.as_slice()) {
        return Err(
            "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey".into()
        );
    }
    issuer.key = Some(issuer_key);
    issue(sources, &subject, &key(sources, args)?, Some(&issuer))
}

fn custom(args: &Args<'_>) -> Outcome {
    let decoded = |index: usize, name: &str| {
        let bytes = base_n::decode_64(args.bytes(index))
            .map_err(|_| format!("unable to decode base64 {name}"))?;
        Ok::<_, Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (certificate, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    let (_, bytes) = pem::decode(&certificate).ok_or("unable to decode certificate")?;
    let malformed = "error parsing certificate: decodedCert.Bytes: x509: malformed certificate";
    Issuer::read(&bytes).ok_or(malformed)?;
    Key::from_pem(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(Value::object(Pair { certificate, key }))
}

/// What a certificate says of its holder.
struct Subject<'a> {
    name: &'a str,
    /// The other names, each in the form of a certificate.
    names: Vec<Vec<u8>>,
    days: i64,
    is_authority: bool,
}

fn subject<'a>(name: &'a str, args: &Args<'_>) -> Result<Subject<'a>, Error> {
    let shown = |value: &Value| String::from_utf8_lossy(&cast::printed(value)).into_owned();
    let mut addresses = Vec::new();
    for value in args.list(1).iter() {
        let text = value
            .to_text()
            .ok_or_else(|| format!("error parsing ip: {} is not a string", shown(value)))?;
        let address: IpAddr = text.parse().map_err(|_| format!("error parsing ip: {text}"))?;
        addresses.push(match address {
            IpAddr::V4(address) => der::value(0x87, &[&address.octets()]),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(address) => der::value(0x87, &[&address.octets()]),
                None => der::value(0x87, &[&address.octets()]),
            },
        });
    }
    let mut names = Vec::new();
    for value in args.list(2).iter() {
        let wrong =
            || format!("error processing alternate dns name: {} is not a string", shown(value));
        names.push(der::value(0x82, &[value.to_text().ok_or_else(wrong)?.as_bytes()]));
    }
    names.extend(addresses);
    Ok(Subject { name, names, days: args.int(3), is_authority: false })
}

/// Who signs a certificate.
struct Issuer {
    /// The name, in the form of a certificate.
    name: Vec<u8>,
    key_id: Option<Vec<u8>>,
    public_info: Vec<u8>,
    key: Option<Key>,
}

const SUBJECT_KEY_ID: &[u32] = &[2, 5, 29, 14];
const KEY_USAGE: &[u32] = &[2, 5, 29, 15];
const ALTERNATIVE_NAMES: &[u32] = &[2, 5, 29, 17];
const BASIC_CONSTRAINTS: &[u32] = &[2, 5, 29, 19];
const AUTHORITY_KEY_ID: &[u32] = &[2, 5, 29, 35];
const EXTENDED_KEY_USAGE: &[u32] = &[2, 5, 29, 37];
const SERVER: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 3, 1];
const CLIENT: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 3, 2];
const COMMON_NAME: &[u32] = &[2, 5, 4, 3];
const TRUE: &[u8] = &[1, 1, 0xff];

impl Issuer {
    /// Reads from a certificate what its holder needs to sign others.
    fn read(certificate: &[u8]) -> Option<Self> {
        let mut body = Reader(certificate).inner()?.inner()?;
        // The version is left out of very old ones.
        if body.0.first() == Some(&0xa0) {
            body.take()?;
        }
        for _serial_algorithm_issuer_validity in 0..4 {
            body.take()?;
        }
        let (_, _, name) = body.take()?;
        let (_, _, public_info) = body.take()?;
        let mut issuer = Self {
            name: name.to_vec(),
            key_id: None,
            public_info: public_info.to_vec(),
            key: None,
        };
        while let Some((tag, content, _)) = body.take() {
            if tag != 0xa3 {
                continue;
            }
            let mut extensions = Reader(content).inner()?;
            while let Some(mut extension) = extensions.inner() {
                let (_, _, id) = extension.take()?;
                let mut last = extension.take()?;
                if let Some(value) = extension.take() {
                    last = value;
                }
                if id == der::identifier(SUBJECT_KEY_ID) {
                    issuer.key_id = Reader(last.1).of(der::OCTET_STRING).map(<[u8]>::to_vec);
                }
            }
        }
        Some(issuer)
    }
}

/// Makes a certificate, signed by an issuer or by itself.
fn issue(sources: &Sources, subject: &Subject<'_>, key: &Key, issuer: Option<&Issuer>) -> Outcome {
    let failed = |error: String| Error::new(format!("error creating certificate: {error}"));
    let signer = issuer.and_then(|issuer| issuer.key.as_ref()).unwrap_or(key);
    let mut serial = [0; 16];
    sources.fill(&mut serial);
    let now = sources.now().in_zone(Zone::Utc);
    let end = now.add(Duration(subject.days.wrapping_mul(24 * 3_600_000_000_000)));
    let name = name(subject.name);
    let issuer_name = issuer.map_or(&name, |issuer| &issuer.name);
    let extensions =
        extensions(subject, key, issuer.filter(|_| *issuer_name != name)).map_err(failed)?;
    let body = der::sequence(&[
        &der::value(0xa0, &[&der::integer(&[2])]),
        &der::integer(&serial),
        &signer.signature_algorithm(),
        issuer_name,
        &der::sequence(&[&moment(&now), &moment(&end)]),
        &name,
        &key.public_info().map_err(failed)?,
        &der::value(
            0xa3,
            &[&der::sequence(&extensions.iter().map(Vec::as_slice).collect::<Vec<_>>())],
        ),
    ]);
    let signature = signer.sign(&body).map_err(failed)?;
    let certificate =
        der::sequence(&[&body, &signer.signature_algorithm(), &der::bits(&signature)]);
    let pair = Pair { certificate: pem::encode("CERTIFICATE", &certificate), key: key.to_pem()? };
    Ok(Value::object(pair))
}

/// A name that consists of a common name, in the smaller of two alphabets that has its letters.
fn name(common: &str) -> Vec<u8> {
    if common.is_empty() {
        return der::sequence(&[]);
    }
    let printable =
        common.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte));
    let text = der::value(if printable { 0x13 } else { 0x0c }, &[common.as_bytes()]);
    let attribute = der::sequence(&[&der::identifier(COMMON_NAME), &text]);
    der::sequence(&[&der::value(der::SET, &[&attribute])])
}

/// A moment: with two digits of the year as long as that is enough.
fn moment(time: &Time) -> Vec<u8> {
    let (tag, layout) = if (1950..2050).contains(&time.civil().year) {
        (0x17, "060102150405Z")
    } else {
        (0x18, "20060102150405Z")
    };
    der::value(tag, &[time.format(layout).as_bytes()])
}

fn extensions(
    subject: &Subject<'_>,
    key: &Key,
    issuer: Option<&Issuer>,
) -> Result<Vec<Vec<u8>>, String> {
    let extension = |id: &[u32], critical: bool, content: &[u8]| {
        let mark: &[u8] = if critical { TRUE } else { &[] };
        der::sequence(&[&der::identifier(id), mark, &der::value(der::OCTET_STRING, &[content])])
    };
    // Signatures, encipherment of keys, and for an authority the signing of certificates.
    let usage: &[u8] = if subject.is_authority { &[2, 0xa4] } else { &[5, 0xa0] };
    let purposes = der::sequence(&[&der::identifier(SERVER), &der::identifier(CLIENT)]);
    let constraints =
        if subject.is_authority { der::sequence(&[TRUE]) } else { der::sequence(&[]) };
    let mut all = vec![
        extension(KEY_USAGE, true, &der::value(der::BIT_STRING, &[usage])),
        extension(EXTENDED_KEY_USAGE, false, &purposes),
        extension(BASIC_CONSTRAINTS, true, &constraints),
    ];
    if subject.is_authority {
        let digest = Sha256::digest(key.public()?);
        let id = digest.get(..20).unwrap_or_default();
        all.push(extension(SUBJECT_KEY_ID, false, &der::value(der::OCTET_STRING, &[id])));
    }
    if let Some(id) = issuer.and_then(|issuer| issuer.key_id.as_ref()) {
        all.push(extension(AUTHORITY_KEY_ID, false, &der::sequence(&[&der::value(0x80, &[id])])));
    }
    if !subject.names.is_empty() {
        let names: Vec<&[u8]> = subject.names.iter().map(Vec::as_slice).collect();
        all.push(extension(ALTERNATIVE_NAMES, subject.name.is_empty(), &der::sequence(&names)));
    }
    Ok(all)
}
