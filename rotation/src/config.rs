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
    /// Whether the receiver may answer 403, because it takes some source addresses only (`ALLOWED_CIDRS` is set).
    pub is_restricted: bool,
}

/// What holds the shared secret in Genesys Cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let scheme_name = reader.required("SIGNATURE_SCHEME", "the name of a scheme");
        let scheme = scheme::by_name(&scheme_name);
        let id = |id: &str| matching(id, "^[A-Za-z0-9-]{1,64}$", "an id of Genesys");
        let holder = match scheme_name.as_str() {
            "open-messaging" => {
                let named = reader.parsed("GENESYS_INTEGRATION_ID", None, |text| id(text).map(Some));
                named.map(Holder::Integration)
            }
            "static-token" => {
                let field = reader.optional("GENESYS_CREDENTIAL_FIELD").unwrap_or("webhookKey".into());
                let named = reader.parsed("GENESYS_CREDENTIAL_ID", None, |text| id(text).map(Some));
                named.map(|id| Holder::Credential { id, field })
            }
            _ => None,
        };
        let domain = reader.parsed("GENESYS_DOMAIN", String::new(), |domain| {
            matching(
                domain,
                r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
                "a domain of Genesys Cloud, such as mypurecloud.de",
            )
        });
        let webhook_url = reader.parsed("WEBHOOK_URL", None, |url| match Url::parse(url) {
            Ok(url) if url.scheme() == "https" => Ok(Some(url)),
            _ => Err(format!("is {url:?}; it takes an https URL")),
        });
        let oauth_secret_id =
            reader.required("GENESYS_OAUTH_SECRET_ARN", "the name or ARN of the OAuth client's secret");
        let staging_wait = reader.seconds("STAGING_WAIT_SECONDS", Duration::from_secs(30), 0);
        let json_key = reader.optional("WEBHOOK_SECRET_JSON_KEY");
        let is_restricted = reader.optional("ALLOWED_CIDRS").is_some();
        let (Some(scheme), Some(holder), Some(webhook_url), false) =
            (scheme, holder, webhook_url, domain.is_empty())
        else {
            reader.errors.push(
                "GENESYS_DOMAIN, WEBHOOK_URL, and GENESYS_INTEGRATION_ID with open-messaging or GENESYS_CREDENTIAL_ID with \
                 static-token have to be set"
                    .into(),
            );
            return Err(reader.errors);
        };
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
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

fn matching(text: &str, pattern: &str, what: &str) -> Result<String, String> {
    let matches = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
    if matches { Ok(text.to_owned()) } else { Err(format!("is {text:?}; it takes {what}")) }
}
