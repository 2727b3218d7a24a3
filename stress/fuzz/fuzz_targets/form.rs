//! Form data: the function and the reference decode the same message and the same signatures from
//! it, or refuse it for the same cause.
//!
//! An input is the signature header's value, a newline, and the raw body.

#![no_main]

use genesys_webhook::{arrival::Headers, outcome::Refusal, scheme};
use genesys_webhook_fuzz::reference::{Request, Scheme, Verdict, extract, hex};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(newline) = input.iter().position(|byte| *byte == b'\n') else { return Corpus::Reject };
    let (header, body) = (&input[..newline], &input[newline + 1..]);
    // The handler refuses an empty body before it asks any scheme.
    let Ok(value) = str::from_utf8(header) else { return Corpus::Reject };
    if body.is_empty() {
        return Corpus::Reject;
    }
    let mut request = Request { body: body.into(), ..Request::default() };
    request.headers.push((Scheme::Form.header().into(), header.into()));
    let headers = Headers::from_iter([(Scheme::Form.header(), value)]);

    let extracted = scheme::by_name("form").unwrap().extract(&headers, body);
    let found = match &extracted {
        Ok(unverified) => Ok((
            unverified.message.to_vec(),
            unverified.tags.iter().map(|tag| tag.to_hex()).collect::<Vec<_>>(),
        )),
        Err(Refusal::MalformedRequest { .. }) => Err(Verdict::Malformed),
        Err(Refusal::MalformedSignature) => Err(Verdict::Unauthorized),
        Err(other) => panic!("no refusal of this step: {other:?}"),
    };
    let expected = extract(Scheme::Form, &request)
        .map(|(message, tags)| (message, tags.iter().map(|tag| hex(tag)).collect()));
    assert_eq!(found, expected);
    Corpus::Keep
});
