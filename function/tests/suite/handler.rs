//! What a request cannot bring about from outside.

use crate::support::{Bus, Receiver};

const SECRET: &str = "a-shared-secret-for-tests-of-32-characters";

#[test]
fn a_panic_is_a_500_of_the_contract() {
    let receiver = Receiver::new("static-token", Some(SECRET), Bus::Panics);
    let unforeseen = (500, r#"{"error":"Internal Server Error"}"#.to_owned());
    assert_eq!(receiver.post(&[("x-webhook-key", SECRET)], b"{}"), unforeseen);
}
