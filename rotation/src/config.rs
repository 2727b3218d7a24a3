//! What the function reads from its environment. The CDK construct writes all of it.

use std::time::Duration;

use genesys_webhook::{
    scheme::{self, Scheme},
    secret::SecretFormat,
    variables::Reader,
};
use regex_lite::Regex;
use reqwest::Url;

/// The function's configuration, complete and checked.
#[derive(Debug)]
pub struct Config {
    /// Genesys Cloud's domain of the organisation, such as `mypurecloud.de` (`GENESYS_DOMAIN`).
    pub domain: String,
    /// What holds the secret there (`GENESYS_INTEGRATION_ID`, or `GENESYS_CREDENTIAL_ID` and `GENESYS_CREDENTIAL_FIELD`).
    pub holder: Holder,
    /// Name or ARN of the secret with the OAuth client (`GENESYS_OAUTH_SECRET_ARN`).
    pub oauth_secret_id: String,
    /// What the sender signs (`SIGNATURE_SCHEME`).
    pub scheme: &'static dyn Scheme,
    /// How the secret's value holds the shared secret, as the receiver reads it (`WEBHOOK_SECRET_JSON_KEY`).
    pub secret_format: SecretFormat,
    /// Where the receiver is (`WEBHOOK_URL`).
    pub webhook_url: Url,
    /// How long after staging every environment of the receiver knows a secret (`STAGING_WAIT_SECONDS`).
    pub staging_wait: Duration,
    /// Whether the receiver may answer 403, because it takes some source addresses only (`IS_RESTRICTED` is set).
    pub is_restricted: bool,
}

/// What holds the shared secret in Genesys Cloud.
#[derive(Debug)]
pub enum Holder {
    /// An Open Messaging integration, by its id.
    Integration(String),
    /// The credential of a data action's integration.
    Credential {
        /// Its id.
        id: String,
        /// The one field that it has.
        field: String,
    },
}

impl Config {
    /// Reads the configuration from `variable`, which is [`std::env::var`] in the function.
    ///
    /// # Errors
    /// Everything that is wrong, one message per variable, each saying how to mend it.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut reader = Reader::new(variable);
        let scheme = reader.required_as("SIGNATURE_SCHEME", "open-messaging or static-token", |name| {
            scheme::by_name(name).filter(|_| ["open-messaging", "static-token"].contains(&name))
        });
        let mut id =
            |name| reader.required_as(name, "an id of Genesys", |id| matching(id, "^[A-Za-z0-9-]{1,64}$"));
        let holder = match scheme.map(Scheme::name) {
            Some("open-messaging") => id("GENESYS_INTEGRATION_ID").map(Holder::Integration),
            Some(_) => {
                let id = id("GENESYS_CREDENTIAL_ID");
                let field = reader.required("GENESYS_CREDENTIAL_FIELD", "the name of the credential's field");
                id.map(|id| Holder::Credential { id, field })
            }
            None => None,
        };
        let domain = reader.required_as("GENESYS_DOMAIN", "a domain such as mypurecloud.de", |domain| {
            matching(domain, r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
        });
        let webhook_url = reader.required_as("WEBHOOK_URL", "an https URL", |url| {
            Url::parse(url).ok().filter(|url| url.scheme() == "https")
        });
        let oauth_secret_id =
            reader.required("GENESYS_OAUTH_SECRET_ARN", "the name or ARN of the OAuth client's secret");
        let staging_wait = reader.required_as("STAGING_WAIT_SECONDS", "whole seconds", |text| {
            text.parse().ok().map(Duration::from_secs)
        });
        let json_key = reader.optional("WEBHOOK_SECRET_JSON_KEY");
        let is_restricted = reader.optional("IS_RESTRICTED").is_some();
        let (Some(scheme), Some(holder), Some(domain), Some(webhook_url), Some(staging_wait), []) =
            (scheme, holder, domain, webhook_url, staging_wait, reader.errors.as_slice())
        else {
            return Err(reader.errors);
        };
        let secret_format = SecretFormat { json_key, min_chars: scheme.min_secret_chars() };
        Ok(Self {
            domain,
            holder,
            oauth_secret_id,
            scheme,
            secret_format,
            webhook_url,
            staging_wait,
            is_restricted,
        })
    }
}

fn matching(text: &str, pattern: &str) -> Option<String> {
    Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text)).then(|| text.to_owned())
}
