//! A delivery's signature: HMAC-SHA256 of its raw body (RFC 2104), in hexadecimal digits.

use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::hex;

/// A signature as its header says it: 64 hexadecimal digits of either case, by themselves or after `sha256=`.
pub struct Signature(CtOutput<Hmac<Sha256>>);

impl Signature {
    /// Reads the header's value. Whatever is not exactly a signature is none: nothing is trimmed, cut or guessed.
    pub fn parse(header: &[u8]) -> Option<Self> {
        let digits = header.strip_prefix(b"sha256=").unwrap_or(header);
        hex::digest(digits).map(|digest| Self(CtOutput::new(digest.into())))
    }
}

/// A key that bodies are signed with.
pub struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// A key of any length: how long it has to be is for the list of keys to say.
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// Whether the body was signed with this key. Digests are of one length, so that their comparison takes the same
    /// time wherever they differ.
    pub fn has_signed(&self, body: &[u8], signature: &Signature) -> bool {
        self.0.clone().chain_update(body).finalize() == signature.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, data and HMAC-SHA-256 of RFC 4231's test cases 1 to 4, 6 and 7.
    fn vectors() -> Vec<(Vec<u8>, Vec<u8>, &'static str)> {
        let long_key = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let long_both: &[u8] = b"This is a test using a larger than block-size key and a larger than block-size data. \
            The key needs to be hashed before being used by the HMAC algorithm.";
        vec![
            (vec![0x0b; 20], b"Hi There".to_vec(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (vec![0xaa; 20], vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            ((1..=25).collect(), vec![0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (vec![0xaa; 131], long_key.to_vec(), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            (vec![0xaa; 131], long_both.to_vec(), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ]
    }

    fn is_signed(key: &[u8], body: &[u8], header: &str) -> bool {
        Signature::parse(header.as_bytes()).is_some_and(|signature| SigningKey::new(key).has_signed(body, &signature))
    }

    #[test]
    fn the_vectors_of_rfc_4231_are_signed_in_either_case_and_with_the_prefix() {
        for (key, data, digits) in vectors() {
            for header in [digits.to_owned(), digits.to_uppercase(), format!("sha256={digits}")] {
                assert!(is_signed(&key, &data, &header), "{header}");
            }
        }
    }

    #[test]
    fn another_key_another_body_and_another_digit_are_not_signed() {
        for (key, data, digits) in vectors() {
            let (mut other_key, mut other_data) = (key.clone(), data.clone());
            other_key[0] ^= 1;
            other_data[0] ^= 1;
            assert!(!is_signed(&other_key, &data, digits) && !is_signed(&key, &other_data, digits));
            assert!(!is_signed(&key, &[&data[..], b" "].concat(), digits));
            for place in [0, 31, 63] {
                let mut wrong = digits.as_bytes().to_vec();
                wrong[place] = if wrong[place] == b'0' { b'1' } else { b'0' };
                assert!(!is_signed(&key, &data, &String::from_utf8_lossy(&wrong)));
            }
        }
    }

    #[test]
    fn what_is_not_exactly_64_digits_is_no_signature() {
        let (key, data, digits) = (vec![0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b");
        assert!(!is_signed(&key, data, digits), "RFC 4231's test case 5 is cut to 128 bits: nothing cut is taken");
        let whole = vectors()[0].2;
        for header in [
            String::new(),
            "sha256=".to_owned(),
            whole[..63].to_owned(),
            format!("{whole}0"),
            format!(" {whole}"),
            format!("{whole} "),
            format!("SHA256={whole}"),
            format!("sha256:{whole}"),
            format!("sha1={whole}"),
            format!("sha256=sha256={whole}"),
            format!("{whole},{whole}"),
            format!("0x{}", &whole[2..]),
            format!("g{}", &whole[1..]),
            format!("+{}", &whole[1..]),
            format!("é{}", &whole[2..]),
        ] {
            assert!(Signature::parse(header.as_bytes()).is_none(), "{header}");
        }
    }
}
