//! Private keys: made, read, written, and used to sign.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use ed25519_dalek::Signer;
use p256::ecdsa::signature::SignatureEncoding;
use rsa::Pkcs1v15Sign;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

use super::der::{self, Reader};
use super::{dsa, pem};
use crate::functions::Sources;

/// A private key.
pub(super) enum Key {
    Rsa(Arc<rsa::PrivateKey>),
    /// ECDSA on the curve P-256.
    Ecdsa(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    /// The DER form of a DSA key, which signs no certificate.
    Dsa(Vec<u8>),
}

const RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 1];
const SHA_256_WITH_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 11];
const EC: &[u32] = &[1, 2, 840, 10_045, 2, 1];
const P_256: &[u32] = &[1, 2, 840, 10_045, 3, 1, 7];
const ECDSA_WITH_SHA_256: &[u32] = &[1, 2, 840, 10_045, 4, 3, 2];
const ED25519: &[u32] = &[1, 3, 101, 112];
const NULL: &[u8] = &[5, 0];

impl Key {
    /// Makes a key of a kind that `genPrivateKey` knows; nothing for another.
    pub(super) fn generate(kind: &str, sources: &Sources) -> Result<Option<Self>, String> {
        Ok(Some(match kind {
            "" | "rsa" => Self::rsa(4096, sources)?,
            "dsa" => {
                let mut random = [0; 64];
                sources.fill(&mut random);
                Self::Dsa(dsa::generate(&random))
            }
            "ecdsa" => loop {
                let mut random = [0; 32];
                sources.fill(&mut random);
                // A number beyond the curve's order is no key.
                if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&random) {
                    break Self::Ecdsa(key);
                }
            },
            "ed25519" => {
                let mut random = [0; 32];
                sources.fill(&mut random);
                Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&random))
            }
            _ => return Ok(None),
        }))
    }

    /// Makes an RSA key. This takes long, so that a key made before from the same randomness is taken again.
    pub(super) fn rsa(bits: usize, sources: &Sources) -> Result<Self, String> {
        const KEPT: usize = 256;
        static MADE: Mutex<Made> = Mutex::new(BTreeMap::new());
        let mut seed = [0; 32];
        sources.fill(&mut seed);
        // A poisoned lock means no more than that nothing is kept.
        if let Some(key) = MADE.lock().ok().and_then(|made| made.get(&(bits, seed)).cloned()) {
            return Ok(Self::Rsa(key));
        }
        let mut stream = Stream(blake3::Hasher::new_keyed(&seed).finalize_xof());
        let key = rsa::PrivateKey::new(&mut stream, bits).map_err(|error| error.to_string())?;
        let key = Arc::new(key);
        if let Ok(mut made) = MADE.lock() {
            if made.len() >= KEPT {
                made.clear();
            }
            made.insert((bits, seed), Arc::clone(&key));
        }
        Ok(Self::Rsa(key))
    }

    /// Reads a key from PEM; the error is sprig's.
    pub(super) fn from_pem(text: &str) -> Result<Self, String> {
        let (kind, bytes) = pem::decode(text).ok_or("no PEM data in input")?;
        if kind == "PRIVATE KEY" {
            return Self::from_pkcs8(&bytes)
                .ok_or_else(|| "decoding PEM as PKCS#8: asn1: structure error".to_owned());
        }
        let Some(algorithm) = kind.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {kind}"));
        };
        let key = match algorithm {
            "RSA" => {
                rsa::PrivateKey::from_pkcs1_der(&bytes).ok().map(|key| Self::Rsa(Arc::new(key)))
            }
            "EC" => Self::from_sec1(&bytes),
            "DSA" => Some(Self::Dsa(bytes)).filter(|key| key.is_sequence()),
            _ => return Err(format!("invalid private key type {algorithm}")),
        };
        key.ok_or_else(|| {
            format!("parsing {algorithm} private key from PEM: asn1: structure error")
        })
    }

    fn from_pkcs8(bytes: &[u8]) -> Option<Self> {
        let mut outer = Reader(bytes).inner()?;
        outer.of(der::INTEGER)?;
        let (_, algorithm, _) = outer.take()?;
        let key = outer.of(der::OCTET_STRING)?;
        let is = |numbers: &[u32]| algorithm.starts_with(&der::identifier(numbers));
        if is(RSA) {
            return rsa::PrivateKey::from_pkcs1_der(key).ok().map(|key| Self::Rsa(Arc::new(key)));
        }
        if is(EC) {
            return Self::from_sec1(key);
        }
        let seed: [u8; 32] = Reader(key).of(der::OCTET_STRING)?.try_into().ok()?;
        is(ED25519).then(|| Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    fn from_sec1(bytes: &[u8]) -> Option<Self> {
        let mut inner = Reader(bytes).inner()?;
        inner.of(der::INTEGER)?;
        p256::ecdsa::SigningKey::from_slice(inner.of(der::OCTET_STRING)?).ok().map(Self::Ecdsa)
    }

    fn is_sequence(&self) -> bool {
        !matches!(self, Self::Dsa(bytes) if Reader(bytes).inner().is_none())
    }

    /// Writes the key as PEM, in the form that sprig writes its kind.
    pub(super) fn to_pem(&self) -> Result<String, String> {
        Ok(match self {
            Self::Rsa(key) => {
                let bytes = key.to_pkcs1_der().map_err(|error| error.to_string())?;
                pem::encode("RSA PRIVATE KEY", bytes.as_bytes())
            }
            Self::Ecdsa(key) => {
                let bytes = der::sequence(&[
                    &der::integer(&[1]),
                    &der::value(der::OCTET_STRING, &[&key.to_bytes()]),
                    &der::value(0xa0, &[&der::identifier(P_256)]),
                    &der::value(0xa1, &[&der::bits(&self.public()?)]),
                ]);
                pem::encode("EC PRIVATE KEY", &bytes)
            }
            Self::Ed25519(key) => {
                let seed = der::value(der::OCTET_STRING, &[&key.to_bytes()]);
                let bytes = der::sequence(&[
                    &der::integer(&[0]),
                    &der::sequence(&[&der::identifier(ED25519)]),
                    &der::value(der::OCTET_STRING, &[&seed]),
                ]);
                pem::encode("PRIVATE KEY", &bytes)
            }
            Self::Dsa(bytes) => pem::encode("DSA PRIVATE KEY", bytes),
        })
    }

    /// Returns the public key's bytes, without the algorithm.
    pub(super) fn public(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(key) => {
                let bytes =
                    key.to_public_key().to_pkcs1_der().map_err(|error| error.to_string())?;
                Ok(bytes.as_bytes().to_vec())
            }
            Self::Ecdsa(key) => Ok(key.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
            Self::Ed25519(key) => Ok(key.verifying_key().to_bytes().to_vec()),
            Self::Dsa(_) => Err("x509: unsupported public key type: *dsa.PublicKey".to_owned()),
        }
    }

    /// Returns the public key as certificates hold it.
    pub(super) fn public_info(&self) -> Result<Vec<u8>, String> {
        let algorithm = match self {
            Self::Rsa(_) => der::sequence(&[&der::identifier(RSA), NULL]),
            Self::Ecdsa(_) => der::sequence(&[&der::identifier(EC), &der::identifier(P_256)]),
            Self::Ed25519(_) | Self::Dsa(_) => der::sequence(&[&der::identifier(ED25519)]),
        };
        Ok(der::sequence(&[&algorithm, &der::bits(&self.public()?)]))
    }

    /// Returns the algorithm that the key signs with.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => der::sequence(&[&der::identifier(SHA_256_WITH_RSA), NULL]),
            Self::Ecdsa(_) => der::sequence(&[&der::identifier(ECDSA_WITH_SHA_256)]),
            Self::Ed25519(_) | Self::Dsa(_) => der::sequence(&[&der::identifier(ED25519)]),
        }
    }

    /// Signs.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(key) => {
                let digest = Sha256::digest(message);
                key.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).map_err(|error| error.to_string())
            }
            Self::Ecdsa(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign(message);
                Ok(signature.to_vec())
            }
            Self::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Self::Dsa(_) => Err("x509: only RSA, ECDSA and Ed25519 keys supported".to_owned()),
        }
    }
}

/// Keys made, by their size and the randomness they were made from.
type Made = BTreeMap<(usize, [u8; 32]), Arc<rsa::PrivateKey>>;

/// The randomness for one key.
struct Stream(blake3::OutputReader);

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(buffer);
        Ok(())
    }
}

impl TryCryptoRng for Stream {}
