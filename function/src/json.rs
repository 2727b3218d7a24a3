//! A JSON object as it came: its members by name, each value still the sender's bytes.
//!
//! A payload is never parsed and written again, so it arrives byte by byte. A value's type is checked
//! only when the value is read, so members that this function does not know may hold anything.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The members of a JSON object, in order, repeated names included. Names are kept as they came, too: they may hold a
/// lone surrogate, which no string can.
#[derive(Debug, Default)]
pub struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

/// A string, borrowed where it came without escapes, because an event's body or a form's payload can be
/// megabytes. A type of its own, because serde does not borrow a `Cow` inside an `Option`.
#[derive(Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// The string that `value` is, if it is one.
#[must_use]
pub fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str(value.get()).ok().map(|Text(text)| text)
}

/// Whether `key`, a name as it came, is `name`.
fn is_named(key: &RawValue, name: &str) -> bool {
    let quoted = key.get();
    quoted.get(1..quoted.len() - 1) == Some(name)
        || quoted.contains('\\') && string(key).is_some_and(|key| key == name)
}

impl<'a> Members<'a> {
    /// The members of `value`; `None` unless it is an object.
    #[must_use]
    pub fn of(value: &'a RawValue) -> Option<Self> {
        serde_json::from_str(value.get()).ok()
    }

    /// Every member whose name is a string.
    pub fn iter(&self) -> impl Iterator<Item = (String, &'a RawValue)> {
        self.0.iter().filter_map(|(name, value)| Some((string(name)?.into_owned(), *value)))
    }

    /// The value under `name`: the last one, as in ECMAScript's `JSON.parse`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(key, _)| is_named(key, name)).map(|(_, value)| *value)
    }

    /// The value under `name`; `None` where it is null, too.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&'a RawValue> {
        self.get(name).filter(|value| value.get() != "null")
    }

    /// The value under `name` where it is a string.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<String> {
        string(self.get(name)?).map(Cow::into_owned)
    }

    /// The members of the object under `name`; none where it is absent or something else.
    #[must_use]
    pub fn object(&self, name: &str) -> Self {
        self.get(name).and_then(Self::of).unwrap_or_default()
    }

    /// Whether `name` stands more than once.
    #[must_use]
    pub fn repeats(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| is_named(key, name)).count() > 1
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_has_no_limit_of_ours() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Members::of(serde_json::from_str(&deep).unwrap()).is_some());
    }
}
