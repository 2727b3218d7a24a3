//! Each scheme's verifier with three secrets in force: it extracts what the reference extracts, and
//! names the secret that the reference names, or none.
//!
//! An input is a credential header's value, a newline, and the raw body. `$CURRENT`, `$PENDING`,
//! `$PREVIOUS` and `$STRANGER` stand for the signature of that body by the secret of that name.

#![no_main]

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use genesys_webhook::{
    arrival::Headers,
    outcome::Refusal,
    scheme,
    secret::{Key, KeyRing, SharedSecret, Stage},
};
use genesys_webhook_fuzz::{
    reference::{Request, Scheme, Verdict, extract, hex, message, sha256_hex, verifying_key},
    replace,
};
use libfuzzer_sys::{Corpus, fuzz_target};

const SECRETS: [&str; 3] = [
    "the-current-secret-of-some-32-characters",
    "the-pending-secret-of-some-32-characters",
    "the-previous-secret-of-over-64-bytes-which-hmac-hashes-before-it-uses-them",
];
const PLACEHOLDERS: [(&str, &str); 4] = [
    ("$CURRENT", SECRETS[0]),
    ("$PENDING", SECRETS[1]),
    ("$PREVIOUS", SECRETS[2]),
    ("$STRANGER", "a-secret-that-is-not-in-force-at-all-now"),
];

static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let key = |(stage, secret): (Stage, &str)| Key {
        stage,
        version_id: stage.label().into(),
        secret: SharedSecret::from(secret),
    };
    KeyRing {
        keys: Stage::ALL.into_iter().zip(SECRETS).map(key).collect(),
        read_at: SystemTime::now(),
        previous_until: SystemTime::now() + Duration::from_hours(24),
    }
});

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(newline) = input.iter().position(|byte| *byte == b'\n') else { return Corpus::Reject };
    let (header, body) = (&input[..newline], &input[newline + 1..]);
    for scheme in Scheme::ALL {
        check(scheme, &sign(scheme, header, body));
    }
    Corpus::Keep
});

/// The request with its placeholders replaced.
fn sign(scheme: Scheme, header: &[u8], body: &[u8]) -> Request {
    let message = message(scheme, body);
    let (mut header, mut body) = (header.to_vec(), body.to_vec());
    for (placeholder, secret) in PLACEHOLDERS {
        let credential = scheme.credential(secret, &message);
        header = replace(&header, placeholder, credential.as_bytes());
        // Of a form alone, because its signature field is not part of its message.
        if scheme == Scheme::Form {
            body = replace(&body, placeholder, credential.as_bytes());
        }
    }
    Request { headers: vec![(scheme.header().into(), header)], body, ..Request::default() }
}

fn check(scheme: Scheme, request: &Request) {
    let Ok(value) = str::from_utf8(&request.headers[0].1) else { return };
    let headers = Headers::from_iter([(scheme.header(), value)]);
    if request.body.is_empty() {
        return;
    }
    let implementation = scheme::by_name(scheme.name()).unwrap();
    let found = implementation.extract(&headers, &request.body).map_err(|refusal| match refusal {
        Refusal::MalformedRequest { .. } => Verdict::Malformed,
        Refusal::MalformedSignature => Verdict::Unauthorized,
        other => panic!("no refusal of this step: {other:?}"),
    });
    let expected = extract(scheme, request);
    let (unverified, message, tags) = match (found, expected) {
        (Ok(unverified), Ok((message, tags))) => (unverified, message, tags),
        (found, expected) => {
            return assert_eq!(found.err(), expected.err(), "{}", scheme.name());
        }
    };
    // What the function keeps of a token is its digest.
    let kept = |tag: &Vec<u8>| if scheme == Scheme::StaticToken { sha256_hex(tag) } else { hex(tag) };
    assert_eq!(*unverified.message, *message);
    assert_eq!(
        unverified.tags.iter().map(|tag| tag.to_hex()).collect::<Vec<_>>(),
        tags.iter().map(kept).collect::<Vec<_>>()
    );
    let verified = RING.verify(implementation, &unverified, SystemTime::now());
    assert_eq!(
        verified.map(|verified| RING.keys.iter().position(|key| key.stage == verified.stage).unwrap()),
        verifying_key(scheme, &SECRETS, &message, &tags),
        "{}",
        scheme.name()
    );
}
