//! Genesys Cloud's Platform API, as far as a rotation needs it.
//!
//! Sources: the API documentation of the Python SDK (`purecloudplatformclientv2` 257) and the Terraform provider
//! (`MyPureCloud/terraform-provider-genesyscloud`, July 2026). Nothing was tried on a live organisation. What neither
//! says, such as whether GET shows the token, is not relied on.

mod credential;
mod open_messaging;

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{Failure, config::Holder, http};

/// Everything that Genesys is asked, the retries included. The function's time-out has 200 s beside the wait: with these 80,
/// 60 for six calls of Secrets Manager, and 47 for the receiver.
const BUDGET: Duration = Duration::from_secs(80);

/// The OAuth client, as its secret holds it. It is of the type client credentials.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OauthClient {
    client_id: String,
    client_secret: String,
}

impl OauthClient {
    /// Reads the JSON of its secret.
    ///
    /// # Errors
    /// Where a member is missing or empty; holds none of the text.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text)
            .ok()
            .filter(|client: &Self| !client.client_id.is_empty() && !client.client_secret.is_empty())
            .ok_or_else(|| {
                Failure::new(
                    "the OAuth client's secret has to be JSON with the strings clientId and clientSecret, both filled in",
                )
            })
    }
}

/// An organisation of Genesys Cloud, signed in to.
pub struct Genesys<'a> {
    http: &'a Client,
    domain: &'a str,
    access_token: String,
    deadline: Instant,
}

/// What is asked for, in the words of an error.
struct Asked {
    /// Such as `the Open Messaging integration`.
    what: &'static str,
    /// The prop that names it.
    prop: &'static str,
    /// What the OAuth client's role needs.
    permissions: &'static str,
}

/// Why an attempt brought no JSON.
struct Rejected {
    failure: Failure,
    /// Whether and when another attempt may succeed.
    retry: Retry,
}

enum Retry {
    No,
    Soon,
    After(Duration),
}

impl<'a> Genesys<'a> {
    /// Gets an access token by the client-credentials grant.
    ///
    /// # Errors
    /// Where Genesys does not give one.
    pub async fn sign_in(http: &'a Client, domain: &'a str, oauth: &OauthClient) -> Result<Self, Failure> {
        let deadline = Instant::now() + BUDGET;
        let host = format!("login.{domain}");
        let answer = again(deadline, async || {
            let request = http
                .post(format!("https://{host}/oauth/token"))
                .basic_auth(&oauth.client_id, Some(&oauth.client_secret))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials");
            attempt(&host, request, token_refusal).await
        })
        .await
        // A token is no change.
        .map_err(|failure| Failure { may_be_applied: false, ..failure })?;
        let Some(access_token) = answer["access_token"].as_str() else {
            return Err(Failure::new(format!("{host} answered without an access token")));
        };
        Ok(Self { http, domain, access_token: access_token.into(), deadline })
    }

    /// Has `holder` sign, or present, `secret` from now on. Right before, `may_still` has to agree.
    ///
    /// # Errors
    /// Where it is not certain that it does.
    pub async fn tell(
        &self,
        holder: &Holder,
        secret: &str,
        may_still: impl AsyncFn() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match holder {
            Holder::Integration(id) => open_messaging::tell(self, id, secret, may_still).await,
            Holder::Credential { id, field } => credential::tell(self, id, field, secret, may_still).await,
        }
    }

    async fn get(&self, asked: &Asked, path: &str) -> Result<Value, Failure> {
        let answer = self.call(asked, Method::GET, path, None).await;
        answer.map_err(|failure| Failure { may_be_applied: false, ..failure })
    }

    /// Changes something. Whoever has it done twice has it done once.
    async fn change(&self, asked: &Asked, method: Method, path: &str, body: &Value) -> Result<(), Failure> {
        self.call(asked, method, path, Some(body)).await.map(drop)
    }

    async fn call(
        &self,
        asked: &Asked,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let host = format!("api.{}", self.domain);
        let url = format!("https://{host}{path}");
        again(self.deadline, async || {
            let mut request = self.http.request(method.clone(), &url).bearer_auth(&self.access_token);
            if let Some(body) = body {
                request = request.json(body);
            }
            attempt(&host, request, |status, error| refusal(asked, status, error)).await
        })
        .await
    }
}

/// Tries until an attempt succeeds, or cannot, or the time is up.
async fn again(
    deadline: Instant,
    attempt: impl AsyncFn() -> Result<Value, Rejected>,
) -> Result<Value, Failure> {
    let mut pauses = http::PAUSES.into_iter();
    let mut may_be_applied = false;
    if !has_time(deadline, Duration::ZERO) {
        return Err(Failure::new("no time was left to ask Genesys: its answers before took too long"));
    }
    loop {
        let Rejected { mut failure, retry } = match attempt().await {
            Ok(answer) => return Ok(answer),
            Err(rejected) => rejected,
        };
        may_be_applied |= failure.may_be_applied;
        failure.may_be_applied = may_be_applied;
        let pause = match (retry, pauses.next()) {
            (Retry::Soon, Some(pause)) => pause,
            (Retry::After(asked), Some(_)) => asked,
            _ => return Err(failure),
        };
        if !has_time(deadline, pause) {
            return Err(failure);
        }
        sleep(pause).await;
    }
}

/// Whether an attempt after `pause` would end in time. A pause may be as long as Genesys likes to write.
fn has_time(deadline: Instant, pause: Duration) -> bool {
    let end = Instant::now().checked_add(pause).and_then(|start| start.checked_add(http::ATTEMPT_TIMEOUT));
    end.is_some_and(|end| end <= deadline)
}

/// An error of Genesys: `ErrorBody` of the API, or what the token endpoint answers. Only what may be logged: the texts may quote
/// what was sent.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ErrorBody {
    code: Option<String>,
    error: Option<String>,
    context_id: Option<String>,
}

impl ErrorBody {
    /// Its code, such as `missing.permissions`, and the id to name to Genesys.
    fn described(&self) -> String {
        let code = [&self.code, &self.error].into_iter().flatten().find(|code| is_token(code));
        let code = code.map_or("no code", String::as_str);
        match &self.context_id {
            Some(id) if is_token(id) => format!("{code}, correlation id {id}"),
            _ => code.into(),
        }
    }
}

/// The token endpoint's rate limit is a 400 that says so in its text.
fn is_rate_limit(status: StatusCode, body: &[u8]) -> bool {
    let says_so = || String::from_utf8_lossy(body).to_lowercase().contains("rate limit exceeded");
    status == StatusCode::TOO_MANY_REQUESTS || (status == StatusCode::BAD_REQUEST && says_so())
}

fn is_token(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

async fn attempt(
    host: &str,
    request: RequestBuilder,
    refused: impl Fn(StatusCode, &ErrorBody) -> String,
) -> Result<Value, Rejected> {
    let no_answer = |error: &reqwest::Error| Rejected {
        // Before there was a connection, nothing was sent.
        failure: Failure {
            message: format!("{host} {}", http::no_answer(error)),
            may_be_applied: !error.is_connect() && !error.is_builder(),
        },
        retry: if error.is_builder() { Retry::No } else { Retry::Soon },
    };
    let response = request.send().await.map_err(|error| no_answer(&error))?;
    let status = response.status();
    let asked_wait = retry_after(&response);
    let body = response.bytes().await.map_err(|error| no_answer(&error))?;
    if status.is_success() && body.is_empty() {
        return Ok(Value::Null);
    }
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| Rejected {
            failure: Failure {
                message: format!(
                    "{host} answered {} with a body that is not JSON: is something in between, such as a proxy?",
                    status.as_u16()
                ),
                may_be_applied: true,
            },
            retry: Retry::Soon,
        });
    }
    let error: ErrorBody = serde_json::from_slice(&body).unwrap_or_default();
    let described = error.described();
    let wait = || asked_wait.map_or(Retry::Soon, Retry::After);
    let (message, may_be_applied, retry) = if is_rate_limit(status, &body) {
        let asked =
            asked_wait.map_or(String::new(), |wait| format!(" and asks to wait {} s", wait.as_secs()));
        let message = format!(
            "{host} limits the rate of requests ({}, {described}){asked}: what else uses this OAuth client?",
            status.as_u16()
        );
        (message, false, wait())
    } else if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        let message =
            format!("{host} answers {} ({described}): Genesys has a problem of its own", status.as_u16());
        (message, true, wait())
    } else if status.is_redirection() {
        let message = format!(
            "{host} answers with a redirect ({}), which is not followed: check the region",
            status.as_u16()
        );
        (message, true, Retry::No)
    } else {
        (refused(status, &error), false, Retry::No)
    };
    Err(Rejected { failure: Failure { message, may_be_applied }, retry })
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn token_refusal(status: StatusCode, error: &ErrorBody) -> String {
    format!(
        "Genesys refuses the OAuth client ({}, {}): check clientId and clientSecret in its secret, that its grant is client \
         credentials, and the region",
        status.as_u16(),
        error.described()
    )
}

fn refusal(asked: &Asked, status: StatusCode, error: &ErrorBody) -> String {
    let Asked { what, prop, permissions } = asked;
    let (status_code, described) = (status.as_u16(), error.described());
    match status {
        StatusCode::UNAUTHORIZED => format!(
            "Genesys refuses its own access token ({status_code}, {described}): is the OAuth client of this region?"
        ),
        StatusCode::FORBIDDEN => format!(
            "the OAuth client may not do this to {what} ({status_code}, {described}): give its role {permissions}"
        ),
        StatusCode::NOT_FOUND => format!(
            "Genesys has no such thing as {what} ({status_code}, {described}): check {prop} and region, and whether it was deleted"
        ),
        _ => format!("Genesys refuses the request about {what} ({status_code}, {described})"),
    }
}
