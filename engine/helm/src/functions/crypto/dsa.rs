//! DSA keys, in the form that OpenSSL gave them. The domain parameters are the same for all keys, which DSA provides for.

use std::sync::LazyLock;

use num_bigint::BigUint;

use super::der;

/// The prime modulus, of 2048 bits.
const P: &str = "\
    810f29e06c68121fbffc475b8b366553aa6a5de50e474107f4103828a179c0c41575cc56ffadab3cac1af416945e317f2fb1\
    57a7f54a3af8638c2a550ee5c02e42559e1bbff2a1858311e2b1d636d12a9f5119c88b31f1feb3a9fbd8558b2cb62621919d\
    c581effc3ff821f759a2fc0db816196d99dbda14c9ed2a85238fe74c3e1df7cdc831d30e9ce3273c93ad22a868637b6cadd7\
    eaa94325fcfa24223de2e5924cbab22b7ccd954f1e0c37a7f140a920a1932d4928062be82137cd251dc2bad6db4f6c328641\
    7e5e8d1e6a2154e898403d2341091a7d94af7d8cca6a0243624605401828a983ec691fca361d4bcd69473131f65d30e9f072\
    746d31f808f3\
";

/// The prime order of the group, of 256 bits.
const Q: &str = "\
    a495a17060ac43784b20899db9b18259a7c1aa21c8720b2b351f5a51311cc44d\
";

/// A generator of the group.
const G: &str = "\
    1b7b9bb1460ff92ced5b6704a22e3b67058a8ed62c30e6346b9ca52e2a59352943d734a8ad1bdead4fee18d22c32be6f78c0\
    bc6429e9ef14e726dceed109a536ed1e10900926669efe6156084393280127280e56d18d3b03cc0eac2fe036e19de751df8e\
    1621fd3c79867bb479fbbdaeff2ea2ff8dc8c9372162f8891d29289bde329919d6bde3717810f9defff85c76210c91e34559\
    d3f3a72812e00902f1edad982a45f37fe3a3e26ae152c76018c28f10544a66a970e3c44c527371267786d9a7c4acf87dbefc\
    b930c354ea34c3f09c4547976dc3da09ba6762deab239eeaaf70d45c2103c3215d5b8fae7fc54b1eac9c40a071b94432f212\
    d0dc7f91925a\
";

static PARAMETERS: LazyLock<[BigUint; 3]> = LazyLock::new(|| {
    [P, Q, G].map(|digits| BigUint::parse_bytes(digits.as_bytes(), 16).unwrap_or_default())
});

/// Makes the DER form of a key from random bytes, of which there should be more than the order has.
pub(super) fn generate(random: &[u8]) -> Vec<u8> {
    let [p, q, g] = &*PARAMETERS;
    let x = BigUint::from_bytes_be(random) % (q - 1_u32) + 1_u32;
    let y = g.modpow(&x, p);
    let numbers =
        [&BigUint::ZERO, p, q, g, &y, &x].map(|number| der::integer(&number.to_bytes_be()));
    der::sequence(&numbers.each_ref().map(Vec::as_slice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_form_a_group() {
        let [p, q, g] = &*PARAMETERS;
        assert_eq!((p.bits(), q.bits()), (2048, 256));
        assert_eq!((p - 1_u32) % q, BigUint::ZERO);
        assert_eq!(g.modpow(q, p), BigUint::from(1_u32));
        assert_ne!(*g, BigUint::from(1_u32));
        // Fermat's test, enough against a slip of the pen.
        for prime in [p, q] {
            assert_eq!(BigUint::from(3_u32).modpow(&(prime - 1_u32), prime), BigUint::from(1_u32));
        }
    }
}
