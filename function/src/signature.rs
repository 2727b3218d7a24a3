//! The only module that names `hmac` and `sha2`: tags, and their comparison in constant time.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// A decoded MAC or digest: 32 bytes.
#[derive(Clone, Copy)]
pub struct Tag([u8; 32]);

impl Tag {
    /// Takes a decoded signature; `None` unless it is 32 bytes long.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The tag in lower-case hex.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// The tag in base64, with padding.
    #[must_use]
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }
}

/// Redacted: whoever reads an expected tag in a log has a valid signature.
impl std::fmt::Debug for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tag(redacted)")
    }
}

/// HMAC-SHA256 (RFC 2104) of `message` under `key`.
#[must_use]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "RFC 2104 takes a key of any length; other MACs do not"
)]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Tag {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    Tag(mac.finalize().into_bytes().into())
}

/// SHA-256 of `message`.
#[must_use]
pub fn sha256(message: &[u8]) -> Tag {
    Tag(Sha256::digest(message).into())
}

/// The index of the first of `expected` that equals every one of `presented`.
///
/// All pairs are compared whatever the outcome, so that the work done depends neither on where a
/// wrong tag differs nor on which of the expected ones matches. Returns `None` if `presented` is empty.
#[must_use]
pub fn find_match(expected: &[Tag], presented: &[Tag]) -> Option<usize> {
    const NONE: u32 = u32::MAX;
    if presented.is_empty() {
        return None;
    }
    let mut found = NONE;
    for (index, expected) in (0_u32..).zip(expected) {
        let all_equal = presented.iter().fold(Choice::from(1), |equal, tag| equal & tag.0.ct_eq(&expected.0));
        found.conditional_assign(&index, all_equal & found.ct_eq(&NONE));
    }
    (found != NONE).then_some(found as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 1 to 4, 6 and 7 (5 is of a truncated tag, which nobody here sends).
    #[test]
    fn agrees_with_rfc_4231() {
        let ascending: Vec<u8> = (1..=25).collect();
        let cases: [(&[u8], &[u8], &str); 6] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&ascending, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            (
                &[0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, message, tag) in cases {
            assert_eq!(hmac_sha256(key, message).to_hex(), tag);
        }
    }

    #[test]
    fn the_first_secret_that_every_presented_tag_matches_is_found() {
        let [a, b, c] = [sha256(b"a"), sha256(b"b"), sha256(b"c")];
        assert_eq!(find_match(&[a, b, b], &[b]), Some(1));
        assert_eq!(find_match(&[a], &[a, a]), Some(0));
        for (expected, presented) in
            [(vec![a, b], vec![c]), (vec![a, b], vec![a, b]), (vec![a], vec![]), (vec![], vec![a])]
        {
            assert_eq!(find_match(&expected, &presented), None);
        }
    }
}
