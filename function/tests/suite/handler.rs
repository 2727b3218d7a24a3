//! What a request cannot do from outside: have a 200 without a published event, or make the
//! function answer something that is not in the contract.

use crate::support::{Bus, Receiver, http_api_event};
use genesys_webhook::{outcome::Refusal, signature::hmac_sha256};

const SECRET: &str = "a-shared-secret-for-tests";
const PAYLOAD: &str = r#"{"eventType":"conversation:created","conversation":{"id":"c-1","type":"call"}}"#;

fn signed_form() -> String {
    let signature = hmac_sha256(SECRET.as_bytes(), PAYLOAD.as_bytes()).to_hex();
    serde_urlencoded::to_string([("webhook", PAYLOAD), ("signature", signature.as_str())]).unwrap()
}

#[test]
fn a_200_means_that_the_event_is_published() {
    let receiver = Receiver::new("form", Some(SECRET), Bus::Takes);
    assert_eq!(receiver.post(&[], signed_form().as_bytes()), (200, r#"{"status":"success"}"#.into()));
    let detail = receiver.take_detail().unwrap();
    assert!(detail.contains(&format!(r#""eventBody":{PAYLOAD}"#)), "{detail}");
}

#[test]
fn a_bus_that_did_not_take_the_event_is_never_a_2xx() {
    let code = || String::from("Code");
    let cases =
        [(Refusal::PublishFailed { code: code() }, 503), (Refusal::EventRefused { code: code() }, 400)];
    for (refusal, status) in cases {
        let receiver = Receiver::new("form", Some(SECRET), Bus::Refuses(refusal));
        assert_eq!(receiver.post(&[], signed_form().as_bytes()).0, status);
    }
}

#[test]
fn a_secret_that_cannot_be_had_is_503_but_a_malformed_signature_needs_none() {
    let receiver = Receiver::new("form", None, Bus::Takes);
    assert_eq!(receiver.post(&[], signed_form().as_bytes()).0, 503);
    assert_eq!(receiver.post(&[], b"webhook=%7B%7D&signature=xyz").0, 401);
}

#[test]
fn a_panic_is_a_500_of_the_contract() {
    let receiver = Receiver::new("form", Some(SECRET), Bus::Panics);
    let unforeseen = (500, r#"{"error":"Internal Server Error"}"#.to_owned());
    assert_eq!(receiver.post(&[], signed_form().as_bytes()), unforeseen);
    let mut not_base64 = http_api_event("POST", &[], b"", true);
    not_base64["body"] = "***".into();
    assert_eq!(receiver.invoke(&not_base64.to_string()), unforeseen);
}

#[test]
fn an_event_that_is_no_http_api_event_is_a_500_of_the_contract() {
    let receiver = Receiver::new("form", Some(SECRET), Bus::Takes);
    for event in
        ["null", "{}", "[]", r#"{"Records":[]}"#, r#"{"version":"1.0","httpMethod":"POST"}"#, "", "{"]
    {
        assert_eq!(receiver.invoke(event), (500, r#"{"error":"Internal Server Error"}"#.into()), "{event}");
    }
}

#[test]
fn what_no_uri_can_hold_changes_nothing() {
    let receiver = Receiver::new("form", Some(SECRET), Bus::Takes);
    let headers = [("host", "a b"), ("x-forwarded-proto", "https, http")];
    let mut event = http_api_event("POST", &headers, signed_form().as_bytes(), true);
    event["rawPath"] = "no path".into();
    event["rawQueryString"] = "a=<b> ^`{|}\u{e9}".into();
    event["requestContext"]["domainName"] = "[".into();
    event["requestContext"]["stage"] = "a b".into();
    assert_eq!(receiver.invoke(&event.to_string()).0, 200);
}

#[test]
fn a_body_is_read_as_the_event_says_it_is_encoded() {
    let receiver = Receiver::new("form", Some(SECRET), Bus::Takes);
    for base64 in [true, false] {
        let event = http_api_event("POST", &[], signed_form().as_bytes(), base64);
        assert_eq!(receiver.invoke(&event.to_string()).0, 200, "base64: {base64}");
    }
}
