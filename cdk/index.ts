/** The construct library. `app/` is this repository's own app. */
export type { AlarmProps } from './alarms.ts';
export type { CustomDomain } from './custom-domain.ts';
export { DeadLetterQueue } from './dead-letter.ts';
export { GenesysRotation, type GenesysRotationProps } from './genesys-rotation.ts';
export { GenesysWebhook, type OnWebhookEventOptions } from './genesys-webhook.ts';
export type { GenesysWebhookProps } from './genesys-webhook-props.ts';
export { METRIC_NAMESPACE, MeasuredWebhook } from './metrics.ts';
export { Monitoring, type MonitoringProps } from './monitoring.ts';
export { ParkingQueue } from './parking-queue.ts';
export type { SecretPolicyProps } from './secret-policy.ts';
export { SignatureScheme } from './signature-scheme.ts';
export { WebhookApi, type WebhookApiProps } from './webhook-api.ts';
export { DEFAULT_EVENT_SOURCE, WebhookBus, type WebhookBusProps } from './webhook-bus.ts';
