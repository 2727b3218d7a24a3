//! Characters that cannot be seen, or that act on whatever shows them.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_obeyed_from_what_is_seen() {
        for character in
            "\0\n\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{200b}\u{200e}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}\u{e0001}"
                .chars()
        {
            assert!(is_invisible(character), "{}", character.escape_unicode());
        }
        for character in " aé\u{301}漢🙂\u{e000}\u{a0}\u{fffd}".chars() {
            assert!(!is_invisible(character), "{}", character.escape_unicode());
        }
    }
}
