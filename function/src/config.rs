//! What the function reads from its environment. The CDK construct writes all of it.

use regex_lite::Regex;

use crate::{
    allowed_sources::AllowedSources,
    scheme::{self, Scheme},
    secret::{Policy, SecretFormat},
    variables::Reader,
};

/// The function's configuration, complete and checked.
#[derive(Debug)]
pub struct Config {
    /// Name or ARN of the shared secret (`WEBHOOK_SECRET_ARN`).
    pub secret_id: String,
    /// How the secret's value holds the shared secret (`WEBHOOK_SECRET_JSON_KEY`, and the scheme's minimum length).
    pub secret_format: SecretFormat,
    /// How long secrets are kept and which version stages verify (`SECRET_*_SECONDS`, `PREVIOUS_SECRET_GRACE_SECONDS`).
    pub policy: Policy,
    /// What the sender signs (`SIGNATURE_SCHEME`).
    pub scheme: &'static dyn Scheme,
    /// Who may send (`ALLOWED_CIDRS`).
    pub allowed_sources: AllowedSources,
    /// Name or ARN of the event bus (`EVENT_BUS_NAME`).
    pub event_bus_name: String,
    /// `Source` of the published events (`EVENT_SOURCE`).
    pub event_source: String,
    /// Where webhooks wait that cannot be handled yet (`PARKING_QUEUE_URL`); none where they do not.
    pub parking_queue_url: Option<String>,
}

impl Config {
    /// Reads the configuration from `variable`, which is [`std::env::var`] in the function.
    ///
    /// # Errors
    /// Everything that is wrong, one message per variable, each saying how to mend it.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut reader = Reader::new(variable);
        let scheme = reader.parsed("SIGNATURE_SCHEME", scheme::ALL[0], |name| {
            scheme::by_name(name).ok_or_else(|| format!("is {name:?}; use one of {}", scheme::names()))
        });
        let defaults = Policy::default();
        let ttl = reader.seconds("SECRET_CACHE_TTL_SECONDS", defaults.ttl, 1);
        let policy = Policy {
            ttl,
            cooldown: reader.seconds("SECRET_REFRESH_COOLDOWN_SECONDS", defaults.cooldown.min(ttl), 1),
            previous_grace: reader.seconds("PREVIOUS_SECRET_GRACE_SECONDS", defaults.previous_grace, 0),
            max_stale: reader.seconds("SECRET_MAX_STALE_SECONDS", defaults.max_stale.max(ttl), 1),
        };
        if policy.cooldown > ttl {
            reader.errors.push(
                "SECRET_REFRESH_COOLDOWN_SECONDS must not be more than SECRET_CACHE_TTL_SECONDS".into(),
            );
        }
        if policy.max_stale < ttl {
            reader
                .errors
                .push("SECRET_MAX_STALE_SECONDS must not be less than SECRET_CACHE_TTL_SECONDS".into());
        }
        let config = Self {
            secret_id: reader.required("WEBHOOK_SECRET_ARN", "the name or ARN of the shared secret"),
            secret_format: SecretFormat {
                json_key: reader.optional("WEBHOOK_SECRET_JSON_KEY"),
                min_chars: scheme.min_secret_chars(),
            },
            policy,
            scheme,
            allowed_sources: reader.parsed("ALLOWED_CIDRS", AllowedSources::default(), |list| {
                AllowedSources::parse(list).map_err(|error| format!("holds {error}"))
            }),
            event_bus_name: event_bus(&mut reader),
            event_source: reader.parsed("EVENT_SOURCE", "genesys.cloud.webhook".into(), |source| {
                // PutEvents API reference, `Source`: `aws.` is for AWS services alone.
                if source.starts_with("aws.") {
                    return Err(
                        "must not start with \"aws.\", which EventBridge keeps for AWS services".into()
                    );
                }
                Ok(source.to_owned())
            }),
            parking_queue_url: reader.parsed("PARKING_QUEUE_URL", None, |url| {
                if !url.starts_with("https://") && !url.starts_with("http://") {
                    return Err(format!("is {url:?}, which is not the URL of a queue"));
                }
                Ok(Some(url.to_owned()))
            }),
        };
        if reader.errors.is_empty() { Ok(config) } else { Err(reader.errors) }
    }
}

/// Checked here, so that a `ValidationException` of `PutEvents` can only be about the event.
fn event_bus<F: Fn(&str) -> Option<String>>(reader: &mut Reader<F>) -> String {
    const NAME: &str = "EVENT_BUS_NAME";
    let bus = reader.required(NAME, "the name or ARN of an event bus");
    if !bus.is_empty() && !is_event_bus(&bus) {
        reader
            .errors
            .push(format!("{NAME} is {bus:?}, which is neither the name nor the ARN of an event bus"));
    }
    bus
}

/// The pattern of `EventBusName` in `PutEvents` (`NonPartnerEventBusNameOrArn`, EventBridge's API model).
fn is_event_bus(name_or_arn: &str) -> bool {
    const PATTERN: &str =
        r"^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus/)?[.\-_A-Za-z0-9]+$";
    const MAX_CHARS: usize = 1_600;
    name_or_arn.len() <= MAX_CHARS && Regex::new(PATTERN).is_ok_and(|pattern| pattern.is_match(name_or_arn))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use super::*;

    #[test]
    fn an_event_bus_is_a_name_or_an_arn_as_put_events_takes_it() {
        for bus in [
            "default",
            "Genesys.web-hook_1",
            "arn:aws:events:eu-central-1:123456789012:event-bus/b",
            "arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/b",
            "arn:aws-eusc:events:eusc-de-east-1:123456789012:event-bus/b",
        ] {
            assert!(is_event_bus(bus), "{bus}");
        }
        for other in [
            "a bus",
            "bus/1",
            "bus\n",
            "aws.partner/example.com/1/a",
            "arn:aws:events:eu-central-1:123456789012:rule/b",
            "arn:aws:events:eu-central-1:12345:event-bus/b",
            "arn:aws:events:eu-central-1:123456789012:event-bus/",
            &"b".repeat(1_601),
        ] {
            assert!(!is_event_bus(other), "{other}");
        }
    }

    fn read(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let required = [("WEBHOOK_SECRET_ARN", "secret"), ("EVENT_BUS_NAME", "bus")];
        let all: HashMap<_, _> = required.iter().chain(variables).copied().collect();
        Config::read(|name| all.get(name).map(ToString::to_string))
    }

    #[test]
    fn what_is_not_set_has_the_documented_default() {
        let config = read(&[]).unwrap();
        assert_eq!(config.scheme.name(), "form");
        assert_eq!(config.event_source, "genesys.cloud.webhook");
        assert_eq!(config.policy, Policy::default());
        assert_eq!(config.allowed_sources, AllowedSources::default());
        let short = read(&[("SECRET_CACHE_TTL_SECONDS", "2")]).unwrap();
        assert_eq!(short.policy.cooldown, Duration::from_secs(2), "no longer than the TTL");
    }

    #[test]
    fn durations_that_contradict_each_other_are_an_error() {
        let equal =
            ["SECRET_CACHE_TTL_SECONDS", "SECRET_REFRESH_COOLDOWN_SECONDS", "SECRET_MAX_STALE_SECONDS"];
        assert!(read(&equal.map(|name| (name, "600"))).is_ok());
        let errors = read(&[
            ("SECRET_CACHE_TTL_SECONDS", "600"),
            ("SECRET_REFRESH_COOLDOWN_SECONDS", "601"),
            ("SECRET_MAX_STALE_SECONDS", "599"),
        ]);
        assert_eq!(
            errors.unwrap_err(),
            [
                "SECRET_REFRESH_COOLDOWN_SECONDS must not be more than SECRET_CACHE_TTL_SECONDS",
                "SECRET_MAX_STALE_SECONDS must not be less than SECRET_CACHE_TTL_SECONDS",
            ]
        );
    }
}
