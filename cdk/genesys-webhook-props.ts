import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Code, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { GenesysRotationProps } from './genesys-rotation.ts';
import type { SecretPolicyProps } from './secret-policy.ts';
import type { SignatureScheme } from './signature-scheme.ts';
import type { WebhookApiProps } from './webhook-api.ts';
import type { WebhookBusProps } from './webhook-bus.ts';

export interface GenesysWebhookProps extends WebhookApiProps, WebhookBusProps, SecretPolicyProps {
  /**
   * What the sender signs.
   *
   * @default SignatureScheme.FORM
   */
  readonly signatureScheme?: SignatureScheme;
  /**
   * The route on the API: any method reaches the function, which answers all but POST with 405. A slash, then letters,
   * digits, `-`, `.`, `_`, `~` and slashes.
   *
   * @default - the scheme's own, such as /webhook/genesys
   */
  readonly path?: string;
  /**
   * An HTTP API to add the route to, with `$default` as its stage. Its owner sets throttling, access logs and CORS.
   *
   * @default - an API of its own
   */
  readonly httpApi?: IHttpApi;
  /**
   * Source addresses that may send, as IPv4 and IPv6 ranges; others get 403 before any other check. They share
   * Lambda's 4 KB of environment variables.
   *
   * @default - every address
   */
  readonly allowedCidrs?: string[];
  /**
   * The shared secret. If a KMS key of yours encrypts it, name the key (`fromSecretAttributes`): the function may then
   * decrypt with it.
   *
   * @default - a new secret of 64 letters and digits, which outlives the stack
   */
  readonly webhookSecret?: ISecret;
  /**
   * The member of the secret's JSON object that holds the shared secret, as the console's key/value editor writes it.
   *
   * @default - the secret's whole value is the shared secret
   */
  readonly webhookSecretJsonKey?: string;
  /**
   * Has Secrets Manager rotate the secret, with a function that tells Genesys the new one. For the schemes open-messaging
   * and static-token.
   *
   * @default - the secret is rotated by hand (docs/rotation.md)
   */
  readonly rotateWithGenesys?: GenesysRotationProps;
  /**
   * The bus to publish on, in this Region. Its owner sets its archive. A bus of another account needs a resource policy
   * from its owner (docs/operations.md, "A bus of another account").
   *
   * @default - a bus of its own, with an archive
   */
  readonly eventBus?: IEventBus;
  /**
   * `source` of the published events. EventBridge keeps names that start with `aws.` for AWS.
   *
   * @default genesys.cloud.webhook
   */
  readonly eventSource?: string;
  /**
   * Whether a webhook that can't be verified or published, because Secrets Manager or EventBridge is away, is kept in a
   * queue and handled later. Lambda polls the queue all the time, which is part of an idle month's price
   * (docs/operations.md).
   *
   * @default true
   */
  readonly parking?: boolean;
  /**
   * Parked webhooks that are handled at a time, 2 to 1000. Each takes a unit of the account's concurrency from live
   * traffic.
   *
   * @default 2
   */
  readonly parkingConcurrency?: number;
  /**
   * Where the function logs, as JSON. It has to be of the Standard class, because metric filters read it.
   *
   * @default - a log group of its own, kept for a month
   */
  readonly logGroup?: ILogGroup;
  /**
   * How long a log group that is made here keeps what the function logs.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * The function's memory in MiB, 128 to 10,240; CPU grows with it.
   *
   * @default 128
   */
  readonly memorySize?: number;
  /**
   * X-Ray tracing. Active lets the function write traces.
   *
   * @default Tracing.DISABLED
   */
  readonly tracing?: Tracing;
  /**
   * A ready arm64 `bootstrap`, so that nothing is compiled at synthesis.
   *
   * @default - the function that the package brings; in its repository, built by cargo-lambda
   */
  readonly code?: Code;
}
