//! What the fuzz targets share.
//!
//! | | |
//! |---|---|
//! | [`reference`] | the contract once more, written as plainly as can be: what the function has to answer |
//! | [`function`] | the function's own handler behind fakes, asked the same |
//! | [`support`] | those fakes, which the function's own tests use as well |
//!
//! A fuzzer does not guess a MAC. So an input may hold a placeholder such as `$CURRENT` where a
//! signature goes, and the target puts in what a sender with that secret would have written.

pub mod function;
pub mod reference;

#[path = "../../../function/tests/suite/support.rs"]
pub mod support;

/// Replaces every occurrence of `placeholder`.
#[must_use]
pub fn replace(text: &[u8], placeholder: &str, value: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(placeholder.len()).position(|window| window == placeholder.as_bytes()) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(value);
        rest = &rest[at + placeholder.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}
