//! The function behind a Genesys Cloud webhook: it verifies each request against a shared secret
//! from Secrets Manager and publishes what it verified to EventBridge, or parks it in SQS, before it answers 2xx.
//!
//! [`handler::Webhook::handle`] is one request from raw body to response; the modules below it are
//! declared in the order in which that request meets them. `main.rs` is the cold start.
//!
//! Three seams, each a trait beside its one real adapter: where secrets come from ([`secret`]), where events go
//! ([`publish`]), and where webhooks wait that cannot be handled yet ([`parking`]).
//!
//! | question | module |
//! |---|---|
//! | what can be configured? | [`config`], [`variables`] |
//! | how long may anything take, how large may it be? | [`limits`] |
//! | what is read of a request? | [`arrival`] |
//! | who may call at all? | [`allowed_sources`] |
//! | what does each kind of sender sign, and what does it mean? | [`scheme`] |
//! | how is a signature compared? | [`signature`] |
//! | which secrets verify right now? | [`secret`] |
//! | what do consumers receive? | [`event`], [`publish`] |
//! | what becomes of a webhook while AWS is away? | [`parking`], [`parked`] |
//! | which failed call of AWS is tried again? | [`retry`] |
//! | which answer, which log line? | [`outcome`], [`request_log`] |
//! | how are JSON, unusual characters and times read? | [`json`], [`text`], [`timestamp`] |

pub mod config;
pub mod limits;
pub mod variables;

pub mod allowed_sources;
pub mod arrival;
pub mod handler;

pub mod scheme;
pub mod signature;

pub mod secret;

pub mod event;
pub mod parked;
pub mod parking;
pub mod publish;

pub mod outcome;
pub mod request_log;

pub mod json;
pub mod text;
pub mod timestamp;

pub mod retry;
pub mod runtime;
pub mod sdk;
pub mod telemetry;
