//! The four steps of a rotation.
//!
//! | step | does | may run again, because |
//! |---|---|---|
//! | `createSecret` | gives the pending version a value | one that has a value keeps it |
//! | `setSecret` | waits until every environment of the receiver knows that value, then tells Genesys | Genesys takes the same value twice |
//! | `testSecret` | has the receiver accept a webhook signed with it | it changes nothing |
//! | `finishSecret` | makes it current, and takes AWSPENDING away | what is current stays so |
//!
//! Until `finishSecret` has ended, the old secret verifies as `AWSCURRENT` and the new one as `AWSPENDING`; from then on
//! as `AWSPREVIOUS` and `AWSCURRENT`. So there is no moment at which what Genesys signs with does not verify.

use std::collections::BTreeMap;

use genesys_webhook::secret::{SecretValue, SharedSecret, Stage};
use reqwest::Client;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::sleep;
use tracing::{error, info};

use crate::{
    Failure,
    config::Config,
    genesys::{Genesys, OauthClient},
    smoke::{self, Proof},
    versions::{Described, Versions},
};

/// What Secrets Manager calls the function with ("Rotation by Lambda function", AWS Secrets Manager User Guide).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// The step to do.
    pub step: Step,
    /// The secret's ARN.
    pub secret_id: String,
    /// The id of the version to be.
    pub client_request_token: String,
    /// Sent along with changes where Secrets Manager gives one.
    pub rotation_token: Option<String>,
}

/// A step's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Makes the new secret.
    CreateSecret,
    /// Tells Genesys.
    SetSecret,
    /// Has the receiver accept it.
    TestSecret,
    /// Promotes it.
    FinishSecret,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::CreateSecret => "createSecret",
            Self::SetSecret => "setSecret",
            Self::TestSecret => "testSecret",
            Self::FinishSecret => "finishSecret",
        }
    }

    /// What Genesys has and what verifies, after this step failed.
    fn state_after(self, failure: &Failure) -> &'static str {
        match self {
            Self::SetSecret if failure.may_be_applied => {
                "Genesys may have AWSPENDING's secret by now, or still AWSCURRENT's; both verify"
            }
            Self::CreateSecret | Self::SetSecret => {
                "this try told Genesys nothing; its secret is AWSCURRENT's, or AWSPENDING's if an earlier try told it, and \
                 whichever it is verifies"
            }
            Self::TestSecret => {
                "Genesys has AWSPENDING's secret, which the receiver took before Genesys was told; AWSCURRENT's verifies, too"
            }
            Self::FinishSecret => {
                "Genesys has the new secret, which verifies as AWSPENDING or AWSCURRENT; the old one verifies, too"
            }
        }
    }
}

/// What happens after a failure.
const NEXT: &str = "Secrets Manager runs the rotation again, a few times; after that, mend the cause and run \
                    `aws secretsmanager rotate-secret`, which goes on with the same version. Leave AWSPENDING where it is: \
                    docs/rotation.md#a-rotation-that-stands-half-way";

/// State and next step after a failure of the test alone.
const TEST_ALONE: [&str; 2] = [
    "no rotation is under way: this was a test of the current secret, as at each deploy",
    "mend the cause before you rotate",
];

/// How a step ended well.
enum Outcome {
    /// It did its part.
    Done,
    /// The version is current already.
    NothingToDo,
    /// Its test showed this.
    Tested(Proof),
}

/// A rotation of one webhook's secret.
pub struct Rotation {
    /// What is configured.
    pub config: Config,
    /// The versions of the secret, and the OAuth client's.
    pub versions: Versions,
    /// For Genesys and for the receiver.
    pub http: Client,
}

impl Rotation {
    /// Does one step, and writes its line in the log.
    ///
    /// # Errors
    /// Where it is not certain that the step is done: Secrets Manager then runs the whole rotation again.
    pub async fn run(&self, event: &Event) -> Result<(), Failure> {
        let (step, secret_version_id) = (event.step.name(), event.client_request_token.as_str());
        match self.step(event).await {
            Ok(Outcome::Done) => info!(step, secret_version_id, outcome = "done", "rotation"),
            Ok(Outcome::NothingToDo) => info!(step, secret_version_id, outcome = "nothing_to_do", "rotation"),
            Ok(Outcome::Tested(proof)) => {
                info!(step, secret_version_id, outcome = "done", test = proof.name(), "rotation");
            }
            Err(failure) => {
                let state = event.step.state_after(&failure);
                let [state, next] = if self.is_test_alone(event).await { TEST_ALONE } else { [state, NEXT] };
                error!(
                    step,
                    secret_version_id,
                    outcome = "failed",
                    error = failure.message,
                    state,
                    next,
                    "rotation"
                );
                return Err(failure);
            }
        }
        Ok(())
    }

    async fn step(&self, event: &Event) -> Result<Outcome, Failure> {
        let described = self.described(event).await?;
        let is_current = described.is(&event.client_request_token, Stage::Current);
        match event.step {
            // Also where it is current: AWSPENDING may still be on it.
            Step::FinishSecret => self.promote(event, &described).await,
            _ if is_current => Ok(Outcome::NothingToDo),
            Step::CreateSecret => self.create(event).await,
            Step::SetSecret => self.tell_genesys(event).await,
            Step::TestSecret => self.test(event).await,
        }
    }

    /// The secret's labels, where the event's version is one that this rotation may go on with.
    async fn described(
        &self,
        Event { secret_id, client_request_token: version, .. }: &Event,
    ) -> Result<Described, Failure> {
        let described = self.versions.describe(secret_id).await?;
        if !described.is_rotated {
            return Err(Failure::new(
                "rotation is off for this secret: `aws secretsmanager rotate-secret` turns it on again",
            ));
        }
        if ![Stage::Current, Stage::Pending].into_iter().any(|stage| described.is(version, stage)) {
            return Err(Failure::new(
                "AWSPENDING is not on this version: somebody removed or moved it, or the event is none of a rotation",
            ));
        }
        Ok(described)
    }

    async fn create(&self, event: &Event) -> Result<Outcome, Failure> {
        let Event { secret_id, client_request_token: version, rotation_token, .. } = event;
        if self.versions.get(secret_id, Some(version)).await?.is_none() {
            let random = self.versions.random().await?;
            let value = match &self.config.secret_format.json_key {
                None => random,
                Some(key) => {
                    let current = self.versions.get(secret_id, None).await?;
                    with_member(current.as_ref(), key, &random)?
                }
            };
            // Before it is stored, because a version's value can never be replaced.
            self.as_received(&SecretValue::Text(value.clone()), version)?;
            self.versions.put_pending(secret_id, version, &value, rotation_token.as_deref()).await?;
        }
        self.pending(event).await?;
        Ok(Outcome::Done)
    }

    async fn tell_genesys(&self, event: &Event) -> Result<Outcome, Failure> {
        let pending = self.pending(event).await?;
        let Ok(secret) = str::from_utf8(pending.as_bytes()) else {
            return Err(Failure::new("the pending secret is not UTF-8"));
        };
        let oauth = match self.versions.get(&self.config.oauth_secret_id, None).await? {
            Some(SecretValue::Text(oauth)) => OauthClient::parse(&oauth)?,
            _ => return Err(Failure::new("the OAuth client's secret has no text value: store it as JSON")),
        };
        // Every time: AWSPENDING stood before it had this value, so no age says how long the receiver could know it.
        sleep(self.config.staging_wait).await;
        // What Genesys signs with has to verify, so the receiver takes it before Genesys is told.
        smoke::test(&self.http, &self.config, &pending, &event.client_request_token).await?;
        let genesys = Genesys::sign_in(&self.http, &self.config.domain, &oauth).await?;
        // Somebody may have removed the label meanwhile.
        let is_still_pending = async || self.described(event).await.map(drop);
        genesys.tell(&self.config.holder, secret, is_still_pending).await?;
        Ok(Outcome::Done)
    }

    /// Also where Secrets Manager runs this step alone, against a copy of the current value.
    async fn test(&self, event: &Event) -> Result<Outcome, Failure> {
        let pending = self.pending(event).await?;
        let proof = smoke::test(&self.http, &self.config, &pending, &event.client_request_token).await?;
        Ok(Outcome::Tested(proof))
    }

    async fn promote(&self, event: &Event, described: &Described) -> Result<Outcome, Failure> {
        let Event { secret_id, client_request_token: version, .. } = event;
        let is_current = described.is(version, Stage::Current);
        if !is_current {
            self.pending(event).await?;
            let current = described.under(Stage::Current);
            self.versions.move_label(secret_id, Stage::Current, current, Some(version)).await?;
        }
        let is_pending = described.is(version, Stage::Pending);
        if is_pending {
            // Left there, it would be taken for a rotation under way by people.
            self.versions.move_label(secret_id, Stage::Pending, Some(version), None).await?;
        }
        Ok(if is_current && !is_pending { Outcome::NothingToDo } else { Outcome::Done })
    }

    /// The pending secret, as the receiver reads it.
    async fn pending(&self, event: &Event) -> Result<SharedSecret, Failure> {
        let version = &event.client_request_token;
        let Some(value) = self.versions.get(&event.secret_id, Some(version)).await? else {
            return Err(Failure::new("the pending version has no value yet: createSecret has not ended"));
        };
        self.as_received(&value, version)
    }

    fn as_received(&self, value: &SecretValue, version: &str) -> Result<SharedSecret, Failure> {
        self.config.secret_format.read(value, version).map_err(|unusable| {
            Failure::new(format!("the receiver could not use the pending version's value: {unusable}"))
        })
    }

    /// Whether this is the test that Secrets Manager runs alone, as at each deploy, and no rotation is under way.
    async fn is_test_alone(&self, event: &Event) -> bool {
        if event.step != Step::TestSecret {
            return false;
        }
        let current = self.versions.get(&event.secret_id, None).await;
        let pending = self.versions.get(&event.secret_id, Some(&event.client_request_token)).await;
        let (Ok(Some(SecretValue::Text(current))), Ok(Some(SecretValue::Text(pending)))) = (current, pending)
        else {
            return false;
        };
        current == pending
    }
}

/// The current JSON object with another secret under `key`; its other members stay as they are, byte for byte.
fn with_member(current: Option<&SecretValue>, key: &str, secret: &str) -> Result<String, Failure> {
    let members: Option<BTreeMap<String, Box<RawValue>>> = match current {
        Some(SecretValue::Text(text)) => serde_json::from_str(text).ok(),
        _ => None,
    };
    let json = members.and_then(|mut members| {
        members.insert(key.into(), serde_json::value::to_raw_value(secret).ok()?);
        serde_json::to_string(&members).ok()
    });
    json.ok_or_else(|| {
        Failure::new(
            "the current version is no JSON object, which WEBHOOK_SECRET_JSON_KEY asks for: store it as one",
        )
    })
}
