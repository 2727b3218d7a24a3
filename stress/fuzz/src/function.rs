//! The function's handler, asked in the process.

use std::cell::Cell;

use genesys_webhook::{arrival::Arrival, runtime::respond};
use lambda_http::{Body, Context, LambdaEvent};
use serde::{Deserialize, de::IgnoredAny};
use tokio::runtime::{self, Runtime};

use crate::{reference::Scheme, support::Receiver};

// A scheme that the reference does not know would not be fuzzed.
const _: () = assert!(Scheme::ALL.len() == genesys_webhook::scheme::ALL.len());

/// An answer, and the detail-type and detail that were published with it.
#[derive(Debug)]
pub struct Answer {
    pub status: i64,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub published: Option<(String, String)>,
}

thread_local! {
    static RECEIVERS: [(Scheme, Receiver); 3] = Scheme::ALL.map(|scheme| (scheme, Receiver::new(scheme.name())));
    static RUNTIME: Runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
    static IN_FUNCTION: Cell<bool> = const { Cell::new(false) };
}

/// Invokes the function with an HTTP API's event; `None` where it is not JSON, which Lambda never sends, or is the
/// parking queue's.
#[must_use]
pub fn invoke(scheme: Scheme, event: &[u8]) -> Option<Answer> {
    serde_json::from_slice::<IgnoredAny>(event).ok()?;
    let arrival = Arrival::deserialize(&mut serde_json::Deserializer::from_slice(event)).ok()?;
    RECEIVERS.with(|receivers| {
        let (_, receiver) = receivers.iter().find(|(of, _)| *of == scheme)?;
        let event = LambdaEvent::new(arrival, Context::default());
        IN_FUNCTION.set(true);
        let response = RUNTIME.with(|runtime| runtime.block_on(respond(&receiver.0, event)));
        let published = receiver.0.publisher.published.lock().unwrap().pop();
        // Nobody is answered about a parked webhook: it is done with, or it stays.
        let response = response.ok().flatten()?;
        IN_FUNCTION.set(false);
        let Some(Body::Text(body)) = response.body else { panic!("a response without a text body") };
        let text = |value: &lambda_http::http::HeaderValue| value.to_str().unwrap().to_owned();
        Some(Answer {
            status: response.status_code,
            headers: response.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body,
            published,
        })
    })
}

/// Lets a panic inside the function become its 500, as in Lambda: `libfuzzer_sys` would end the
/// process. A panic anywhere else is a finding.
pub fn allow_the_function_to_panic() {
    let fatal = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !IN_FUNCTION.get() {
            fatal(panic);
        }
    }));
}
