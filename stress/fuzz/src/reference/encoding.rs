//! Form data, hex and base64.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

/// The fields of form data (WHATWG URL, "application/x-www-form-urlencoded parsing"), undecodable
/// escapes left as they are and what is not UTF-8 replaced by U+FFFD.
#[must_use]
pub fn form_fields(body: &[u8]) -> Vec<(String, String)> {
    let fields = body.split(|byte| *byte == b'&').filter(|field| !field.is_empty());
    fields
        .map(|field| {
            let equals = field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
            let value = field.get(equals + 1..).unwrap_or_default();
            (form_value(&field[..equals]), form_value(value))
        })
        .collect()
}

fn form_value(encoded: &[u8]) -> String {
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(byte) = encoded.get(at) {
        let escaped = encoded.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(hex);
        at += if escaped.is_some() { 3 } else { 1 };
        let plain = if *byte == b'+' { b' ' } else { *byte };
        decoded.extend(escaped.unwrap_or_else(|| vec![plain]));
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Bytes from hex digits in either case.
#[must_use]
pub fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(digits).ok()
}

/// 32 bytes from standard base64 with its padding and without stray bits (RFC 4648, sections 3.5 and 4).
#[must_use]
pub fn base64_of_32_bytes(text: &[u8]) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().filter(|bytes| bytes.len() == 32)
}
