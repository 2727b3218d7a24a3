//! The secrets that verify right now.

use std::time::{Duration, SystemTime};

use crate::{
    scheme::{Scheme, Unverified},
    secret::SharedSecret,
    signature,
};

/// A version stage of a secret ("Secrets Manager secret versions", AWS Secrets Manager User Guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// `AWSCURRENT`: the secret in force.
    Current,
    /// `AWSPENDING`: staged, to be promoted; verifies as long as the label stands.
    Pending,
    /// `AWSPREVIOUS`: in force before; verifies until its grace is over.
    Previous,
}

impl Stage {
    /// Every stage that can verify.
    pub const ALL: [Self; 3] = [Self::Current, Self::Pending, Self::Previous];

    /// The staging label.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Pending => "AWSPENDING",
            Self::Previous => "AWSPREVIOUS",
        }
    }
}

/// One secret that verifies.
#[derive(Debug, Clone)]
pub struct Key {
    /// The label that it verifies under.
    pub stage: Stage,
    /// The secret version's id.
    pub version_id: String,
    /// The secret itself.
    pub secret: SharedSecret,
}

/// Everything that was known to verify when the secret was last read.
#[derive(Debug, Clone)]
pub struct KeyRing {
    /// `AWSCURRENT` first.
    pub keys: Vec<Key>,
    /// When `AWSCURRENT` was last read.
    pub read_at: SystemTime,
    /// When the grace of `AWSPREVIOUS` ends.
    pub previous_until: SystemTime,
}

/// Which secret verified a webhook, for the log line and the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The secret version's id.
    pub version_id: String,
    /// The label that it stood under.
    pub stage: Stage,
    /// How long ago the secrets were read.
    pub secret_age: Duration,
    /// What is left of the grace, where `AWSPREVIOUS` verified.
    pub grace_left: Option<Duration>,
}

impl KeyRing {
    /// How long ago the secrets were read. Zero if the clock was set back.
    #[must_use]
    pub fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.read_at).unwrap_or_default()
    }

    /// The secret that verifies `unverified`; every one is tried, whichever matches.
    #[must_use]
    pub fn verify(&self, scheme: &dyn Scheme, unverified: &Unverified, now: SystemTime) -> Option<Verified> {
        let in_force: Vec<&Key> = self.keys.iter().filter(|key| self.is_in_force(key.stage, now)).collect();
        let expected: Vec<_> =
            in_force.iter().map(|key| scheme.tag(key.secret.as_bytes(), &unverified.message)).collect();
        let key = in_force[signature::find_match(&expected, &unverified.tags)?];
        Some(Verified {
            version_id: key.version_id.clone(),
            stage: key.stage,
            secret_age: self.age(now),
            grace_left: (key.stage == Stage::Previous)
                .then(|| self.previous_until.duration_since(now).unwrap_or_default()),
        })
    }

    fn is_in_force(&self, stage: Stage, now: SystemTime) -> bool {
        stage != Stage::Previous || now < self.previous_until
    }
}
