//! Verifies one webhook in every way that could show in the time it takes, so that callgrind can
//! count the instructions of each: `--toggle-collect=*measured* --dump-after=*measured*` writes a
//! profile per verification, in the order of the lines printed here.

use std::{
    hint::black_box,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use genesys_webhook::{
    arrival::Headers,
    scheme::{self, Scheme, Unverified},
    secret::{Key, KeyRing, SharedSecret, Stage, Verified},
};

/// As long as the secrets that the stack generates.
const SECRET_CHARS: usize = 64;

/// Verifications before the one that counts, until the allocator has settled.
const WARM_UP: usize = 4;

#[inline(never)]
fn measured(
    ring: &KeyRing,
    scheme: &dyn Scheme,
    unverified: &Unverified,
    now: SystemTime,
) -> Option<Verified> {
    ring.verify(scheme, unverified, now)
}

fn main() {
    for scheme in scheme::ALL {
        // One label for all three: that a match under AWSPREVIOUS also reads the grace is no secret.
        let same_label = ring([Stage::Current; 3]);
        for (index, name) in ["1st", "2nd", "3rd"].into_iter().enumerate() {
            verify(
                scheme,
                &format!("right by the {name} secret"),
                &same_label,
                &credential(scheme, index, |_| ()),
            );
        }
        let spoilt: [(&str, fn(&mut [u8])); 4] = [
            ("the first byte", |bytes| bytes[0] ^= 1),
            ("the middle byte", |bytes| bytes[bytes.len() / 2] ^= 1),
            ("the last byte", |bytes| bytes[bytes.len() - 1] ^= 1),
            ("every byte", |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 1)),
        ];
        for (place, spoil) in spoilt {
            verify(scheme, &format!("wrong in {place}"), &same_label, &credential(scheme, 0, spoil));
        }
        let all_stages = ring(Stage::ALL);
        for (index, stage) in Stage::ALL.into_iter().enumerate() {
            let credential = credential(scheme, index, |_| ());
            verify(scheme, &format!("right by {}", stage.label()), &all_stages, &credential);
        }
    }
}

fn verify(scheme: &dyn Scheme, case: &str, ring: &KeyRing, credential: &str) {
    let headers = Headers::from_iter([(header(scheme), credential)]);
    let body = body(scheme);
    let unverified = scheme.extract(&headers, body.as_bytes()).unwrap();
    let now = SystemTime::now();
    for _ in 0..WARM_UP {
        black_box(ring.verify(scheme, black_box(&unverified), now));
    }
    let verified = black_box(measured(black_box(ring), scheme, black_box(&unverified), now));
    assert_eq!(verified.is_some(), case.starts_with("right"), "{}: {case}", scheme.name());
    println!("{}\t{case}", scheme.name());
}

fn ring(stages: [Stage; 3]) -> KeyRing {
    let key = |(index, stage)| Key {
        stage,
        version_id: format!("version-{index}"),
        secret: SharedSecret::from(secret(index).as_str()),
    };
    KeyRing {
        keys: stages.into_iter().enumerate().map(key).collect(),
        read_at: SystemTime::now(),
        previous_until: SystemTime::now() + Duration::from_hours(1),
    }
}

fn secret(index: usize) -> String {
    ["a", "b", "c"][index].repeat(SECRET_CHARS)
}

/// A payload of about 1 KB.
fn payload() -> String {
    format!(r#"{{"eventType":"conversation:created","text":"{}"}}"#, "x".repeat(980))
}

fn body(scheme: &dyn Scheme) -> String {
    if scheme.name() == "form" { format!("webhook={}", payload()) } else { payload() }
}

fn header(scheme: &dyn Scheme) -> &'static str {
    match scheme.name() {
        "form" => "x-genesys-webhook-signature",
        "open-messaging" => "x-hub-signature-256",
        _ => "x-webhook-key",
    }
}

/// What a sender with the secret of this index writes, after its bytes (the MAC's, or the token's)
/// have been spoilt.
fn credential(scheme: &dyn Scheme, index: usize, spoil: impl Fn(&mut [u8])) -> String {
    let secret = secret(index);
    let mac = hex::decode(scheme.tag(secret.as_bytes(), payload().as_bytes()).to_hex()).unwrap();
    let mut bytes = if scheme.name() == "static-token" { secret.into_bytes() } else { mac };
    spoil(&mut bytes);
    match scheme.name() {
        "form" => hex::encode(bytes),
        "open-messaging" => format!("sha256={}", STANDARD.encode(bytes)),
        _ => String::from_utf8(bytes).unwrap(),
    }
}
