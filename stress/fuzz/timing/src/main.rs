//! Verifies one webhook in every way that could show in the time it takes, so that callgrind can
//! count the instructions of each: `--toggle-collect=*measured* --dump-after=*measured*` writes a
//! profile per verification, in the order of the lines printed here.

use std::{
    hint::black_box,
    time::{Duration, SystemTime},
};

use genesys_webhook::{
    scheme::{self, Scheme, Unverified},
    secret::{Key, KeyRing, SharedSecret, Stage, Verified},
    signature::Tag,
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
        // One label for all: that a match under AWSPREVIOUS also reads the grace is no secret.
        let same_label = ring([Stage::Current; 3]);
        for (index, name) in ["1st", "2nd", "3rd"].into_iter().enumerate() {
            let tag = presented(scheme, index, |_| ());
            verify(scheme, &format!("right by the {name} secret"), &same_label, tag);
        }
        let spoilt: [(&str, fn(&mut [u8])); 4] = [
            ("the first byte", |bytes| bytes[0] ^= 1),
            ("the middle byte", |bytes| bytes[bytes.len() / 2] ^= 1),
            ("the last byte", |bytes| bytes[bytes.len() - 1] ^= 1),
            ("every byte", |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 1)),
        ];
        for (place, spoil) in spoilt {
            verify(scheme, &format!("wrong in {place}"), &same_label, presented(scheme, 0, spoil));
        }
        let all_stages = ring(Stage::ALL);
        for (index, stage) in Stage::ALL.into_iter().enumerate() {
            let tag = presented(scheme, index, |_| ());
            verify(scheme, &format!("right by {}", stage.label()), &all_stages, tag);
        }
    }
}

fn verify(scheme: &dyn Scheme, case: &str, ring: &KeyRing, presented: Tag) {
    let unverified = Unverified { message: payload().into_bytes().into(), tags: vec![presented] };
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

/// The tag that a sender with the secret of this index presents, after its bytes have been spoilt.
fn presented(scheme: &dyn Scheme, index: usize, spoil: impl Fn(&mut [u8])) -> Tag {
    let tag = scheme.tag(secret(index).as_bytes(), payload().as_bytes());
    let mut bytes = hex::decode(tag.to_hex()).unwrap();
    spoil(&mut bytes);
    Tag::from_slice(&bytes).unwrap()
}
