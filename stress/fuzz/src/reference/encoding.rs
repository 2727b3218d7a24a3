//! Form data, hex and base64.

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
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let pair = |pair: &[u8]| u8::try_from(value(&pair[0])? * 16 + value(&pair[1])?).ok();
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(pair).collect())?
}

/// 32 bytes from standard base64 with its padding and without stray bits (RFC 4648, sections 3.5 and 4).
#[must_use]
pub fn base64_of_32_bytes(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_suffix(b"=").filter(|digits| digits.len() == 43)?;
    let bits: String =
        digits.iter().map(|digit| Some(format!("{:06b}", value(*digit)?))).collect::<Option<_>>()?;
    let (bytes, stray) = bits.split_at(256);
    (stray == "00").then(|| {
        bytes
            .as_bytes()
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum * 2 + (bit - b'0')))
            .collect()
    })
}

fn value(digit: u8) -> Option<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    ALPHABET.iter().position(|letter| *letter == digit).and_then(|index| u8::try_from(index).ok())
}
