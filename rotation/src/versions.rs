//! The versions of a secret, in AWS Secrets Manager.

use std::{collections::HashMap, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use genesys_webhook::{
    sdk,
    secret::{SecretValue, Stage},
};

use crate::Failure;

/// Characters of a new secret: letters and digits, as many as the stack's first one has.
const SECRET_CHARS: i64 = 64;

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// A step makes six calls at most.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The versions of secrets.
pub struct Versions {
    client: Client,
}

/// What `DescribeSecret` says of a secret.
pub struct Described {
    /// Whether it has a rotation function.
    pub is_rotated: bool,
    labels: HashMap<String, Vec<String>>,
}

impl Described {
    /// Whether a version stands under a stage.
    #[must_use]
    pub fn is(&self, version_id: &str, stage: Stage) -> bool {
        self.labels.get(version_id).is_some_and(|labels| labels.iter().any(|label| label == stage.label()))
    }

    /// The version under a stage.
    #[must_use]
    pub fn under(&self, stage: Stage) -> Option<&str> {
        self.labels.keys().find(|id| self.is(id, stage)).map(String::as_str)
    }
}

impl Versions {
    /// A client with the SDK's retries, and time-outs of its own.
    #[must_use]
    pub fn new(sdk: &SdkConfig) -> Self {
        let time_outs = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let config = aws_sdk_secretsmanager::config::Builder::from(sdk)
            .timeout_config(time_outs)
            .retry_config(RetryConfig::standard());
        Self { client: Client::from_conf(config.build()) }
    }

    /// Which version stands under which stage.
    ///
    /// # Errors
    /// With the AWS error code.
    pub async fn describe(&self, secret_id: &str) -> Result<Described, Failure> {
        let request = self.client.describe_secret().secret_id(secret_id);
        let output = request.send().await.map_err(|error| refused("DescribeSecret", &error))?;
        Ok(Described {
            is_rotated: output.rotation_enabled.unwrap_or_default(),
            labels: output.version_ids_to_stages.unwrap_or_default(),
        })
    }

    /// The value of a version, or of `AWSCURRENT` where none is named; `None` where it has no value yet.
    ///
    /// # Errors
    /// With the AWS error code.
    pub async fn get(
        &self,
        secret_id: &str,
        version_id: Option<&str>,
    ) -> Result<Option<SecretValue>, Failure> {
        let request =
            self.client.get_secret_value().secret_id(secret_id).set_version_id(version_id.map(Into::into));
        match request.send().await {
            Ok(output) => Ok(Some(output.secret_string.map_or(SecretValue::Binary, SecretValue::Text))),
            Err(error) if is(&error, "ResourceNotFoundException") => Ok(None),
            Err(error) => Err(refused("GetSecretValue", &error)),
        }
    }

    /// A random secret.
    ///
    /// # Errors
    /// With the AWS error code.
    pub async fn random(&self) -> Result<String, Failure> {
        let request =
            self.client.get_random_password().password_length(SECRET_CHARS).exclude_punctuation(true);
        let output = request.send().await.map_err(|error| refused("GetRandomPassword", &error))?;
        output
            .random_password
            .ok_or_else(|| Failure::new("Secrets Manager answered GetRandomPassword without a password"))
    }

    /// Stores the value of a pending version, unless it has one: then that one stays.
    ///
    /// # Errors
    /// With the AWS error code.
    pub async fn put_pending(
        &self,
        secret_id: &str,
        version_id: &str,
        value: &str,
        rotation_token: Option<&str>,
    ) -> Result<(), Failure> {
        let request = self
            .client
            .put_secret_value()
            .secret_id(secret_id)
            .client_request_token(version_id)
            .secret_string(value)
            .version_stages(Stage::Pending.label())
            .set_rotation_token(rotation_token.map(Into::into));
        match request.send().await {
            Err(error) if !is(&error, "ResourceExistsException") => Err(refused("PutSecretValue", &error)),
            _ => Ok(()),
        }
    }

    /// Moves a label to a version, or takes it away.
    ///
    /// # Errors
    /// With the AWS error code.
    pub async fn move_label(
        &self,
        secret_id: &str,
        stage: Stage,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), Failure> {
        let request = self
            .client
            .update_secret_version_stage()
            .secret_id(secret_id)
            .version_stage(stage.label())
            .set_remove_from_version_id(from.map(Into::into))
            .set_move_to_version_id(to.map(Into::into));
        request.send().await.map(drop).map_err(|error| refused("UpdateSecretVersionStage", &error))
    }
}

fn is<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, code: &str) -> bool {
    sdk::error_code(error) == code
}

fn refused<E: ProvideErrorMetadata, R>(operation: &str, error: &SdkError<E, R>) -> Failure {
    let code = sdk::error_code(error);
    let advice = match code.as_str() {
        "AccessDeniedException" => {
            ": the rotation function's role may not, or not with the secret's KMS key (docs/operations.md)"
        }
        "ResourceNotFoundException" => ": there is no such secret",
        "DecryptionFailure" | "EncryptionFailure" => ": check that the secret's KMS key is enabled",
        "InvalidRequestException" => {
            ": the secret may be scheduled for deletion, or its labels were moved meanwhile"
        }
        _ => "",
    };
    Failure::new(format!("Secrets Manager did not do {operation} ({code}){advice}"))
}
