//! Rotates the shared secret of a webhook by itself: the function that Secrets Manager calls with each step of a
//! rotation ("Rotation by Lambda function", AWS Secrets Manager User Guide), and that tells Genesys Cloud the new secret.
//!
//! [`steps::Rotation::run`] is one step. Each can run again from any half-way point, and whatever fails leaves a state
//! in which both the secret that Genesys has and the one that it may have verify.
//!
//! | question | module |
//! |---|---|
//! | what can be configured? | [`config`] |
//! | what does each step do, and what if it fails? | [`steps`] |
//! | how are a secret's versions read and changed? | [`versions`] |
//! | how is Genesys told? | [`genesys`] |
//! | how is it proved that the receiver takes the new secret? | [`smoke`] |

pub mod config;
pub mod genesys;
pub mod smoke;
pub mod steps;
pub mod versions;

mod failure;
pub mod http;

pub use failure::Failure;
