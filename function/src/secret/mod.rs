//! The shared secrets: what they are ([`SharedSecret`], [`SecretFormat`]), where they come from
//! ([`store`]), which of them verify right now ([`KeyRing`]) and when they are read again ([`cache`]).

pub mod cache;
pub mod store;

mod key_ring;
mod value;

#[cfg(test)]
mod fake_store;
#[cfg(test)]
mod rotation_tests;

pub use cache::{Policy, SecretCache};
pub use key_ring::{Key, KeyRing, Stage, Verified};
pub use store::{Labels, SecretStore, StoreError, StoredVersion};
pub use value::{SecretFormat, SecretValue, SharedSecret, Unusable};
