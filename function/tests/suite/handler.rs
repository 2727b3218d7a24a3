//! What no request can cause: a panic in the publisher.

use crate::support::{Receiver, SECRET};

#[test]
fn a_panic_is_a_500_of_the_contract() {
    let mut receiver = Receiver::new("static-token");
    receiver.0.publisher.panics = true;
    let unforeseen = (500, r#"{"error":"Internal Server Error"}"#.to_owned());
    assert_eq!(receiver.post(&[("x-webhook-key", SECRET)], b"{}"), unforeseen);
}
