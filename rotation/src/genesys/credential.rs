//! The credential of a data action's integration (`Credential`).

use reqwest::Method;
use serde_json::json;

use super::{Asked, Genesys};
use crate::Failure;

const ASKED: Asked = Asked {
    what: "the credential",
    prop: "credentialId",
    permissions: "integrations:integration:view and integrations:integration:edit",
};

/// PUT replaces the credential, fields that GET does not show among them. So it has to hold the token alone.
pub(super) async fn tell(
    genesys: &Genesys<'_>,
    id: &str,
    field: &str,
    secret: &str,
    may_still: impl AsyncFn() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let path = format!("/api/v2/integrations/credentials/{id}");
    let shown = genesys.get(&ASKED, &path).await?;
    let fields = shown["credentialFields"].as_object();
    if fields.is_some_and(|fields| fields.keys().any(|name| name != field)) {
        return Err(Failure::new(
            "the credential has a field other than credentialField, which an update would delete: give the token a credential \
             of its own, and set credentialField to the name of its field",
        ));
    }
    let (Some(name), Some(kind)) = (shown["name"].as_str(), shown["type"]["name"].as_str()) else {
        return Err(Failure::new("Genesys shows a credential without name and type: is it one?"));
    };
    let credential = json!({ "name": name, "type": { "name": kind }, "credentialFields": { field: secret } });
    may_still().await?;
    genesys.change(&ASKED, Method::PUT, &path, &credential).await
}
