//! The whole handler, given the raw JSON of an event.
//!
//! Whatever the event, the answer is one of the contract and so holds nothing of the input, and
//! nothing is accepted without a credential. Where AWS could have sent the event, the reference
//! says which answer is due and what is published.
//!
//! `$SIGNATURE` in an event stands for the right credential of its body.

#![no_main]

use genesys_webhook_fuzz::{
    function::{Answer, allow_the_function_to_panic, invoke},
    reference::{Accepted, Scheme, Verdict, bodies, event, json::Json, judge, message},
    replace,
    support::SECRET,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: allow_the_function_to_panic(),
    |event: &[u8]| {
        for scheme in Scheme::ALL {
            check(scheme, &sign(scheme, event));
        }
    }
);

fn sign(scheme: Scheme, event: &[u8]) -> Vec<u8> {
    let Some(request) = event::request(event) else { return event.into() };
    let credential = scheme.credential(SECRET, &message(scheme, &request.body));
    replace(event, "$SIGNATURE", credential.as_bytes())
}

fn check(scheme: Scheme, event: &[u8]) {
    let Some(answer) = invoke(scheme, event) else {
        let is_parked = |event: Json| event.get("Records").is_some();
        assert!(Json::parse(event).is_none_or(is_parked), "an event of the HTTP API was not taken");
        return;
    };
    assert!(bodies(answer.status).contains(&answer.body.as_str()), "not of the contract: {answer:?}");
    assert_eq!(answer.headers, headers(answer.status));
    assert_eq!(answer.published.is_some(), answer.status == 200, "{answer:?}");
    if answer.status == 200 {
        assert!(event::holds_a_credential(scheme, &[SECRET], event), "{} accepted", scheme.name());
    }
    if let Some(request) = event::request(event) {
        let verdict = judge(scheme, &[SECRET], &request);
        assert_eq!(answer.status, verdict.status(), "{}: {verdict:?}", scheme.name());
        if let Verdict::Accepted(expected) = verdict {
            assert_published(scheme, &expected, &answer);
        }
    }
}

fn headers(status: i64) -> Vec<(String, String)> {
    let mut headers = vec![("content-type".into(), "application/json".into())];
    if status == 405 {
        headers.push(("allow".into(), "POST".into()));
    }
    headers
}

fn assert_published(scheme: Scheme, expected: &Accepted, answer: &Answer) {
    let (detail_type, detail) = answer.published.as_ref().unwrap();
    let detail = Json::parse(detail.as_bytes()).expect("the detail is JSON");
    let metadata = detail.get("metadata").unwrap();
    let text = |object: &Json, name| object.get(name).and_then(Json::string).map(str::to_owned);
    assert_eq!(*detail_type, expected.detail_type);
    assert_eq!(text(&detail, "topicName").as_ref(), Some(detail_type));
    assert_eq!(detail.get("eventBody").unwrap().text, expected.event_body);
    assert_eq!(text(metadata, "scheme").as_deref(), Some(scheme.name()));
    assert_eq!(text(metadata, "dedupeKey").as_ref(), Some(&expected.dedupe_key));
}
