//! AWS JSON 1.1 over one pooled hyper client, signed with Signature Version 4 ("Create a signed AWS
//! API request", IAM User Guide).

use std::env;

use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Uri, body::Bytes};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, macros::format_description};

pub type Error = Box<dyn std::error::Error + Send + Sync>;
type HttpsClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

const SIGNED_HEADERS: &str = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

/// A client that trusts the system's root certificates.
pub fn client() -> Result<HttpsClient, Error> {
    let connector = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

/// One AWS service in the Region, with the credentials, of the environment.
pub struct Service {
    client: HttpsClient,
    endpoint: Uri,
    signing_name: &'static str,
    target_prefix: &'static str,
    region: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

impl Service {
    pub fn new(
        client: &HttpsClient,
        (signing_name, target_prefix, endpoint): (&'static str, &'static str, &str),
    ) -> Result<Self, Error> {
        Ok(Self {
            client: client.clone(),
            endpoint: env::var(endpoint)?.parse()?,
            signing_name,
            target_prefix,
            region: env::var("AWS_REGION")?,
            access_key_id: env::var("AWS_ACCESS_KEY_ID")?,
            secret_access_key: env::var("AWS_SECRET_ACCESS_KEY")?,
            session_token: env::var("AWS_SESSION_TOKEN")?,
        })
    }

    /// What a 2xx answer says.
    pub async fn call(&self, operation: &str, input: &Value) -> Result<Value, Error> {
        let body = serde_json::to_vec(input)?;
        let host = self.endpoint.authority().ok_or("an endpoint without a host")?.as_str();
        let target = format!("{}.{operation}", self.target_prefix);
        let now = OffsetDateTime::now_utc()
            .format(format_description!("[year][month][day]T[hour][minute][second]Z"))?;
        let request = Request::post(self.endpoint.clone())
            .header("host", host)
            .header("content-type", MEDIA_TYPE)
            .header("x-amz-date", &now)
            .header("x-amz-security-token", &self.session_token)
            .header("x-amz-target", &target)
            .header("authorization", self.authorization(host, &target, &now, &body))
            .body(Full::from(body))?;
        let response = self.client.request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            return Err(format!("AWS answered {status}").into());
        }
        Ok(serde_json::from_slice(&body)?)
    }

    fn authorization(&self, host: &str, target: &str, now: &str, body: &[u8]) -> String {
        let (date, region, service) = (&now[..8], &self.region, self.signing_name);
        let canonical_request = format!(
            "POST\n/\n\ncontent-type:{MEDIA_TYPE}\nhost:{host}\nx-amz-date:{now}\n\
             x-amz-security-token:{}\nx-amz-target:{target}\n\n{SIGNED_HEADERS}\n{}",
            self.session_token,
            hex::encode(Sha256::digest(body)),
        );
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let string_to_sign =
            format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", hex::encode(Sha256::digest(canonical_request)),);
        let first_key = format!("AWS4{}", self.secret_access_key).into_bytes();
        let key = [date, region, service, "aws4_request"]
            .iter()
            .fold(first_key, |key, part| hmac_sha256(&key, part.as_bytes()));
        let signature = hex::encode(hmac_sha256(&key, string_to_sign.as_bytes()));
        let access_key_id = &self.access_key_id;
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={signature}"
        )
    }
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
