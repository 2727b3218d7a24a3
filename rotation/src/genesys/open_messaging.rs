//! An Open Messaging integration (`OpenIntegration`, `OpenIntegrationUpdateRequest`).

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{Asked, Genesys};
use crate::Failure;

const ASKED: Asked = Asked {
    what: "the Open Messaging integration",
    prop: "integrationId",
    permissions: "messaging:integration:view and messaging:integration:edit",
};

const TOKEN: &str = "outboundNotificationWebhookSignatureSecretToken";

/// What the update takes beside the token. What an absent member means to it is documented nowhere, so all that was read
/// is sent back.
const KEPT: [&str; 5] =
    ["name", "supportedContent", "messagingSetting", "outboundNotificationWebhookUrl", "webhookHeaders"];

pub(super) async fn tell(
    genesys: &Genesys<'_>,
    id: &str,
    secret: &str,
    may_still: impl AsyncFn() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let path = format!("/api/v2/conversations/messaging/integrations/open/{id}");
    let before = kept(&genesys.get(&ASKED, &path).await?);
    // Without the second, it sends nowhere: an update may have lost it, and the next one would leave it so.
    for member in ["name", "outboundNotificationWebhookUrl"] {
        if before.get(member).and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Failure::new(format!(
                "Genesys shows an Open Messaging integration without {member}: put it right there"
            )));
        }
    }
    let mut update = before.clone();
    update.insert(TOKEN.into(), secret.into());
    may_still().await?;
    genesys.change(&ASKED, Method::PATCH, &path, &update.into()).await?;
    let after = genesys.get(&ASKED, &path).await.map_err(applied)?;
    let after = kept(&after);
    match KEPT.into_iter().find(|member| before.get(*member) != after.get(*member)) {
        None => Ok(()),
        Some(member) => Err(applied(Failure::new(format!(
            "Genesys took the secret, and {member} of the Open Messaging integration is another now: put it right there, because the next try takes it as it is"
        )))),
    }
}

fn applied(failure: Failure) -> Failure {
    Failure { may_be_applied: true, ..failure }
}

fn kept(integration: &Value) -> Map<String, Value> {
    let as_update_takes_it = |member: &str, value: &Value| match value.get("id") {
        // A reference to another object: GET shows more of it.
        Some(id) if member != "webhookHeaders" => json!({ "id": id }),
        _ => value.clone(),
    };
    KEPT.into_iter()
        .filter_map(|member| Some((member.to_owned(), as_update_takes_it(member, integration.get(member)?))))
        .collect()
}
