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
