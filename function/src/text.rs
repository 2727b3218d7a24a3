//! Characters that cannot be seen, or that act on whatever shows them, and others that have to be escaped.

use std::{borrow::Cow, fmt::Write};

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether a line splitter or a terminal would obey `character`, or nobody would see it: controls
/// (C0, C1 and U+007F), format characters (bidirectional overrides, zero-width ones) and the line
/// and paragraph separators.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    matches!(
        character.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    )
}

/// The same JSON with some characters of its strings escaped, as `\uXXXX` of UTF-16 (RFC 8259, section 7).
pub fn escaped(json: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !json.chars().any(&is_escaped) {
        return json.into();
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_escaped(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped.into()
}
