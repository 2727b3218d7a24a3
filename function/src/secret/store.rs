//! Where secrets come from: the seam, and AWS Secrets Manager behind it. The only module that
//! names the Secrets Manager client.

use std::{collections::HashMap, future::Future, time::SystemTime};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{
    Client,
    operation::{
        describe_secret::DescribeSecretError,
        get_secret_value::{GetSecretValueError, GetSecretValueOutput},
    },
};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;

use crate::{
    limits,
    outcome::Refusal,
    retry, sdk,
    secret::{SecretValue, Stage},
};

/// A source of secret versions.
///
/// Two methods, because a version's value is read only when its id is new: the cache decides
/// between the two calls, and a test counts them.
pub trait SecretStore {
    /// Reads the value of one version, or of `AWSCURRENT` where none is named.
    ///
    /// # Errors
    /// [`StoreError`], with the AWS error code.
    fn get(&self, version_id: Option<&str>)
    -> impl Future<Output = Result<StoredVersion, StoreError>> + Send;

    /// Reads which version stands under which stage.
    ///
    /// # Errors
    /// [`StoreError`], with the AWS error code.
    fn describe(&self) -> impl Future<Output = Result<Labels, StoreError>> + Send;
}

/// One version and its value.
#[derive(Clone)]
pub struct StoredVersion {
    /// The version's id.
    pub id: String,
    /// Its value.
    pub value: SecretValue,
}

/// What `DescribeSecret` says of the stages.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// Version ids by stage, in the order of [`Stage::ALL`].
    pub versions: Vec<(Stage, String)>,
    /// When the secret or its labels last changed. Any edit moves it; nothing else says when a
    /// version was promoted (a version's own `CreatedDate` is when it was made).
    pub last_changed: Option<SystemTime>,
}

/// Why the store did not answer with a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {}", self.advice())]
pub struct StoreError {
    /// AWS's error code, or the SDK's kind of failure.
    pub code: String,
}

impl StoreError {
    /// Whether there is no such secret, or no value yet under that version.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code == "ResourceNotFoundException"
    }

    /// How to mend it.
    fn advice(&self) -> &'static str {
        match self.code.as_str() {
            "AccessDeniedException" => {
                "the function's role needs secretsmanager:GetSecretValue and secretsmanager:DescribeSecret on the secret \
                 (and kms:Decrypt on its key, where it has one of its own)"
            }
            "ResourceNotFoundException" => {
                "no such secret, or no value under that version: check WEBHOOK_SECRET_ARN and the Region, and store a value"
            }
            "DecryptionFailure" | "DecryptionFailureException" => {
                "the secret's KMS key does not decrypt it: check that the key is enabled and that the role has kms:Decrypt on it"
            }
            "InvalidRequestException" => "the secret may be scheduled for deletion: restore it",
            _ => "it will be tried again",
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let advice = error.advice();
        Self::SecretUnavailable { code: error.code, advice }
    }
}

/// AWS Secrets Manager.
pub struct SecretsManager {
    client: Client,
    secret_id: String,
}

impl SecretsManager {
    /// A client for the secret with this name or ARN.
    #[must_use]
    pub fn new(sdk: &SdkConfig, secret_id: String) -> Self {
        let config = aws_sdk_secretsmanager::config::Builder::from(sdk)
            .timeout_config(retry::time_outs(limits::SECRET_ATTEMPT_TIMEOUT, limits::REFRESH_BUDGET))
            .retry_config(retry::attempts())
            .retry_partition(retry::no_quota())
            .retry_classifier(retry::WorthAnother(error_code))
            .interceptor(retry::CloseUnanswered)
            .build();
        Self { client: Client::from_conf(config), secret_id }
    }
}

impl SecretStore for SecretsManager {
    async fn get(&self, version_id: Option<&str>) -> Result<StoredVersion, StoreError> {
        let request = self.client.get_secret_value().secret_id(&self.secret_id);
        let output = match version_id {
            Some(id) => request.version_id(id),
            None => request.version_stage(Stage::Current.label()),
        }
        .send()
        .await
        .map_err(|error| StoreError { code: sdk::error_code(&error) })?;
        stored_version(output).ok_or_else(|| StoreError { code: "IncompleteResponse".into() })
    }

    async fn describe(&self) -> Result<Labels, StoreError> {
        let output = self
            .client
            .describe_secret()
            .secret_id(&self.secret_id)
            .send()
            .await
            .map_err(|error| StoreError { code: sdk::error_code(&error) })?;
        if output.deleted_date.is_some() {
            // Labels can still be read while no value can.
            return Err(StoreError { code: "InvalidRequestException".into() });
        }
        Ok(Labels {
            versions: by_stage(&output.version_ids_to_stages.unwrap_or_default()),
            last_changed: output.last_changed_date.and_then(|date| date.try_into().ok()),
        })
    }
}

fn error_code(attempt: &InterceptorContext) -> Option<&str> {
    retry::code_of::<GetSecretValueError>(attempt).or_else(|| retry::code_of::<DescribeSecretError>(attempt))
}

fn stored_version(output: GetSecretValueOutput) -> Option<StoredVersion> {
    let value = match (output.secret_string, output.secret_binary) {
        (Some(text), _) => SecretValue::Text(text),
        (None, Some(_)) => SecretValue::Binary,
        (None, None) => return None,
    };
    Some(StoredVersion { id: output.version_id?, value })
}

fn by_stage(labels_by_version: &HashMap<String, Vec<String>>) -> Vec<(Stage, String)> {
    Stage::ALL
        .into_iter()
        .filter_map(|stage| {
            let mut versions = labels_by_version.iter();
            let (id, _) = versions.find(|(_, labels)| labels.iter().any(|label| label == stage.label()))?;
            Some((stage, id.clone()))
        })
        .collect()
}
