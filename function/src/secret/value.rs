//! From a secret's stored value to the bytes that sign.

use std::{collections::HashMap, fmt, sync::Arc};

use serde_json::Value;
use tracing::warn;

use crate::text;

/// A secret of fewer bytes gets a warning, because it may be guessed. Open Messaging asks for more than
/// 15 characters.
const GUESSABLE_BELOW_BYTES: usize = 16;

/// The bytes of a shared secret.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq, Eq))]
pub struct SharedSecret(Arc<[u8]>);

impl SharedSecret {
    /// The key of the MAC, or the token.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for SharedSecret {
    fn from(secret: &str) -> Self {
        Self(secret.as_bytes().into())
    }
}

/// Redacted: key material is in no log.
impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

/// A secret version's value, as Secrets Manager stores it.
#[derive(Clone)]
pub enum SecretValue {
    /// `SecretString`.
    Text(String),
    /// `SecretBinary`, whose bytes are of no use here.
    Binary,
}

/// How a stored value holds the shared secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretFormat {
    /// The member of a JSON object that holds it; without one, the whole value is the secret.
    pub json_key: Option<String>,
    /// The fewest characters that the signature scheme accepts.
    pub min_chars: usize,
}

/// Why a stored value is never used as a key. An empty key would let anyone forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// `SecretBinary`.
    #[error("it is binary; store it as text (SecretString)")]
    Binary,
    /// Nothing, or nothing that can be seen. HMAC pads keys with zeros, so that one of NULs is the
    /// empty key, with which anybody can sign (RFC 2104).
    #[error(
        "it is empty, or all white space, control or format characters; store a secret of 16 bytes or more"
    )]
    Blank,
    /// Not a JSON object with a string under the key.
    #[error(
        "it is not a JSON object with a string under WEBHOOK_SECRET_JSON_KEY; store it so, or change the key"
    )]
    NoSuchKey,
    /// Shorter than the signature scheme accepts.
    #[error(
        "it has fewer than the {min_chars} characters that this signature scheme takes; store a longer one"
    )]
    TooShort {
        /// The fewest that it takes.
        min_chars: usize,
    },
}

impl Unusable {
    /// A name for the log line's `error_code`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Binary => "SecretIsBinary",
            Self::Blank => "SecretIsBlank",
            Self::NoSuchKey => "SecretJsonKeyMissing",
            Self::TooShort { .. } => "SecretTooShort",
        }
    }
}

impl SecretFormat {
    /// Extracts the shared secret from a stored value, warning of the traps that it may hold.
    ///
    /// # Errors
    /// [`Unusable`] where the value must never be used as a key.
    pub fn read(&self, value: &SecretValue, version_id: &str) -> Result<SharedSecret, Unusable> {
        let SecretValue::Text(text) = value else {
            return Err(Unusable::Binary);
        };
        let member =
            self.json_key.as_ref().map(|key| member(text, key).ok_or(Unusable::NoSuchKey)).transpose()?;
        let secret = member.as_deref().unwrap_or(text);
        if secret.chars().all(|character| character.is_whitespace() || text::is_invisible(character)) {
            return Err(Unusable::Blank);
        }
        if secret.chars().count() < self.min_chars {
            return Err(Unusable::TooShort { min_chars: self.min_chars });
        }
        for trap in self.traps(secret) {
            warn!(secret_version_id = version_id, "the shared secret {trap}");
        }
        Ok(secret.into())
    }

    /// Warnings about a secret that is allowed and probably a mistake.
    fn traps(&self, secret: &str) -> impl Iterator<Item = &'static str> {
        let found = [
            (
                secret.trim_matches(|end: char| end.is_whitespace() || end == '\0') != secret,
                "begins or ends with white space, a newline or NUL, which counts as part of it: does the sender's copy have it, too?",
            ),
            (
                secret.len() < GUESSABLE_BELOW_BYTES,
                "is shorter than 16 bytes and may be guessed: rotate to a longer one",
            ),
            (
                self.json_key.is_none() && serde_json::from_str::<HashMap<String, Value>>(secret).is_ok(),
                "is a JSON object and is used whole: set WEBHOOK_SECRET_JSON_KEY if one of its members is meant",
            ),
        ];
        found.into_iter().filter_map(|(is_so, trap)| is_so.then_some(trap))
    }
}

fn member(text: &str, key: &str) -> Option<String> {
    match serde_json::from_str::<HashMap<String, Value>>(text).ok()?.remove(key)? {
        Value::String(secret) => Some(secret),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &SecretFormat, text: &str) -> Result<SharedSecret, Unusable> {
        format.read(&SecretValue::Text(text.into()), "v1")
    }

    #[test]
    fn a_plain_value_is_the_secret_as_it_is() {
        let format = SecretFormat::default();
        assert_eq!(read(&format, " a secret\n").unwrap().as_bytes(), b" a secret\n");
        assert_eq!(read(&format, "{\"key\":\"x\"}").unwrap().as_bytes(), b"{\"key\":\"x\"}");
    }

    #[test]
    fn what_could_be_forged_with_is_never_a_key() {
        let member = SecretFormat { json_key: Some("hmac".into()), min_chars: 0 };
        for blank in
            ["", " ", "\t\n", "\0", &"\0".repeat(64), "\u{feff}", "\u{200b}\u{a0}\u{85}", "\0 \u{7f}"]
        {
            assert_eq!(read(&SecretFormat::default(), blank), Err(Unusable::Blank), "{blank:?}");
            let stored = serde_json::json!({ "hmac": blank }).to_string();
            assert_eq!(read(&member, &stored), Err(Unusable::Blank), "{stored}");
        }
        assert_eq!(member.read(&SecretValue::Binary, "v1"), Err(Unusable::Binary));
        let long = SecretFormat { min_chars: 32, ..SecretFormat::default() };
        assert_eq!(read(&long, &"x".repeat(31)), Err(Unusable::TooShort { min_chars: 32 }));
        assert!(read(&long, &"x".repeat(32)).is_ok());
    }

    #[test]
    fn a_json_key_names_the_member_that_holds_it() {
        let format = SecretFormat { json_key: Some("hmac".into()), min_chars: 0 };
        assert_eq!(read(&format, r#"{"hmac":"caf\u00e9"}"#).unwrap().as_bytes(), "café".as_bytes());
        for other in ["plain", "{}", r#"{"hmac":1}"#, r#"["hmac"]"#] {
            assert_eq!(read(&format, other), Err(Unusable::NoSuchKey), "{other}");
        }
    }

    #[test]
    fn each_trap_gives_a_warning() {
        let sound = "sixteen-bytes-or";
        for (secret, warnings) in [
            (sound, 0),
            (&format!(" {sound}"), 1),
            (&format!("{sound}\n"), 1),
            (&format!("{sound}\0"), 1),
            ("fifteen-bytes!!", 1),
            (r#"{"key":"sixteen"}"#, 1),
        ] {
            assert_eq!(SecretFormat::default().traps(secret).count(), warnings, "{secret:?}");
        }
    }

    #[test]
    fn debug_output_holds_no_key_material() {
        assert!(!format!("{:?}", SharedSecret::from("marker")).contains("marker"));
    }
}
