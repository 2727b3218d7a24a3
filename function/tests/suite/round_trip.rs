//! Any JSON object, signed and encoded in any legal way, verifies and arrives byte by byte; any
//! changed bit of body, signature or key does not.

use std::fmt::Write;

use crate::support::{Receiver, SECRET, http_api_event};
use base64::{Engine, engine::general_purpose::STANDARD};
use genesys_webhook::signature::{Tag, hmac_sha256};
use proptest::prelude::*;
use serde_json::{Map, Value};

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A payload that every scheme takes, as text: compact, or with white space that must survive.
fn payload() -> impl Strategy<Value = String> {
    (prop::collection::hash_map(any::<String>(), json_value(), 0..8), any::<bool>()).prop_map(
        |(members, pretty)| {
            let mut members: Map<String, Value> = members.into_iter().collect();
            members.remove("eventType");
            members.remove("conversation");
            if pretty { serde_json::to_string_pretty(&members) } else { serde_json::to_string(&members) }
                .unwrap()
        },
    )
}

/// One legal way to write a form value: what must be escaped is, what may be is as `choices` say.
fn encode(value: &str, choices: &[bool]) -> String {
    let mut choices = choices.iter().cycle();
    let mut encoded = String::new();
    for byte in value.bytes() {
        let must = !byte.is_ascii_graphic() || b"&+%=#".contains(&byte);
        match (byte, must, *choices.next().unwrap()) {
            (b' ', _, true) => encoded.push('+'),
            (_, true, _) | (_, false, true) => write!(encoded, "%{byte:02X}").unwrap(),
            (_, false, false) => encoded.push(byte.into()),
        }
    }
    encoded
}

fn flip(bytes: &[u8], bit: prop::sample::Index) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let bit = bit.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// `"eventBody":` of the published detail, as it stands there.
fn event_body(detail: &str) -> &str {
    let body = detail.split_once(r#","eventBody":"#).unwrap().1;
    body.rsplit_once(r#","metadata":"#).unwrap().0
}

proptest! {
    #[test]
    fn a_form_verifies_however_it_is_encoded(
        payload in payload(),
        choices in prop::collection::vec(any::<bool>(), 1..40),
        signature_first in any::<bool>(),
        upper_case in any::<bool>(),
        in_header in any::<bool>(),
        base64 in any::<bool>(),
        extra in "[a-z]{0,8}",
    ) {
        let receiver = Receiver::new("form");
        let mut signature = hmac_sha256(SECRET.as_bytes(), payload.as_bytes()).to_hex();
        if upper_case { signature.make_ascii_uppercase(); }
        let webhook = format!("webhook={}", encode(&payload, &choices));
        let field = if in_header { format!("x{extra}=1") } else { format!("signature={signature}&x{extra}=%C3%A9+") };
        let body = if signature_first { format!("{field}&{webhook}") } else { format!("{webhook}&{field}") };
        let headers: &[(&str, &str)] = if in_header { &[("X-Genesys-Webhook-Signature", &signature)] } else { &[] };
        let event = http_api_event(headers, body.as_bytes(), base64);
        prop_assert_eq!(receiver.invoke(&event.to_string()).0, 200, "{}", body);
        let detail = receiver.take_detail().unwrap();
        prop_assert_eq!(event_body(&detail), payload);
    }

    #[test]
    fn an_open_messaging_body_verifies_and_arrives_as_it_came(payload in payload()) {
        let receiver = Receiver::new("open-messaging");
        let mac = hex::decode(hmac_sha256(SECRET.as_bytes(), payload.as_bytes()).to_hex()).unwrap();
        let header = format!("sha256={}", STANDARD.encode(mac));
        prop_assert_eq!(receiver.post(&[("X-Hub-Signature-256", &header)], payload.as_bytes()).0, 200);
        let detail = receiver.take_detail().unwrap();
        prop_assert_eq!(event_body(&detail), payload);
    }

    #[test]
    fn a_changed_bit_of_body_signature_or_key_is_refused(payload in payload(), bit in any::<prop::sample::Index>()) {
        let tag: Tag = hmac_sha256(SECRET.as_bytes(), payload.as_bytes());
        let mac = hex::decode(tag.to_hex()).unwrap();
        let open_messaging = Receiver::new("open-messaging");
        let send = |mac: &[u8], body: &[u8]| {
            open_messaging.post(&[("x-hub-signature-256", &format!("sha256={}", STANDARD.encode(mac)))], body).0
        };
        prop_assert_eq!(send(&mac, &flip(payload.as_bytes(), bit)), 401);
        prop_assert_eq!(send(&flip(&mac, bit), payload.as_bytes()), 401);
        let wrong = hmac_sha256(&flip(SECRET.as_bytes(), bit), payload.as_bytes());
        prop_assert_eq!(send(&hex::decode(wrong.to_hex()).unwrap(), payload.as_bytes()), 401);

        let form = Receiver::new("form");
        let send = |mac: &str, value: &[u8]| {
            let escaped = value.iter().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
            form.post(&[], format!("webhook={escaped}&signature={mac}").as_bytes()).0
        };
        prop_assert_eq!(send(&tag.to_hex(), &flip(payload.as_bytes(), bit)), 401);
        prop_assert_eq!(send(&hex::encode(flip(&mac, bit)), payload.as_bytes()), 401);
        prop_assert_eq!(send(&wrong.to_hex(), payload.as_bytes()), 401);
        prop_assert!(form.take_detail().is_none() && open_messaging.take_detail().is_none());
    }

    #[test]
    fn a_changed_bit_of_a_token_is_refused(bit in any::<prop::sample::Index>()) {
        let receiver = Receiver::new("static-token");
        prop_assert_eq!(receiver.post(&[("X-Webhook-Key", SECRET)], b"{}").0, 200);
        receiver.take_detail();
        // A header that HTTP cannot carry never arrives.
        if let Ok(wrong) = String::from_utf8(flip(SECRET.as_bytes(), bit)) && wrong.bytes().all(|byte| byte.is_ascii_graphic()) {
            prop_assert_eq!(receiver.post(&[("X-Webhook-Key", &wrong)], b"{}").0, 401);
        }
    }
}
