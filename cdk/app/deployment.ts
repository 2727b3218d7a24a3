/** What an entry of `deployments.ts` may set. Everything has a default; a value that cannot be is refused by its name. */
import { Duration, Errors } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { SCHEME_NAMES } from '../../contract/schemes.ts';
import { propError } from '../prop-error.ts';
import type { GenesysWebhookStack } from './stack.ts';

const duration = z.custom<Duration>(
  (value) => value instanceof Duration,
  'it takes a Duration, such as Duration.days(7)',
);

/** What the props of the construct have by these names. */
const rotation = z.strictObject({
  /** A Region of Genesys Cloud, such as `eu-central-1`, or the organisation's domain, such as `mypurecloud.de`. */
  region: z.string(),
  /** Of the Open Messaging integration: for open-messaging. */
  integrationId: z.string().optional(),
  /** Of the data action integration's credential: for static-token. */
  credentialId: z.string().optional(),
  /** The one field of that credential. @default webhookKey */
  credentialField: z.string().optional(),
  /** The secret with the OAuth client. @default - a new one for you to fill in; the output OAuthSecretArn names it */
  oauthSecretArn: z
    .string()
    .regex(
      /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}$/,
      'it takes the complete ARN of a secret of Secrets Manager',
    )
    .optional(),
  /** Such as `cron(0 3 1 * ? *)`. @default - it rotates when Secrets Manager is told to */
  schedule: z.string().optional(),
});

/** One sender: an instance of the construct, with a secret, a function and a log of its own. */
const webhook = z.strictObject({
  /** The route. @default - the scheme's own, such as /webhook/genesys */
  path: z.string().optional(),
  /** Source ranges that may send; others get 403 (docs/genesys.md, "Who may send"). @default - every address */
  allowedCidrs: z.array(z.string()).optional(),
  /** Has Secrets Manager rotate the secret with Genesys: not for form. @default - it is rotated by hand */
  rotateWithGenesys: rotation.optional(),
});

const domain = z.strictObject({
  /** Such as `webhooks.example.com`. */
  domainName: z.string(),
  /** Of ACM, in the same Region. */
  certificateArn: z
    .string()
    .regex(/^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/, 'it takes the ARN of a certificate of ACM'),
  /** The zone in Route 53 that gets the record. @default - you make it; the output CustomDomainTarget is its target */
  hostedZone: z.strictObject({ id: z.string().min(1), name: z.string().min(1) }).optional(),
});

const alarms = z.strictObject({
  /** The SNS topic that is told, in the same Region. @default - nobody is */
  topicArn: z
    .string()
    .regex(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/, 'it takes the ARN of an SNS topic')
    .optional(),
  /** Answers of 5xx in 5 minutes. @default 5 */
  serverErrorsThreshold: z.number().optional(),
  /** Requests over the throttle in 5 minutes. @default 1 */
  throttledThreshold: z.number().optional(),
  /** Refused signatures in 15 minutes. @default 10 */
  refusedSignaturesThreshold: z.number().optional(),
  /** Verified webhooks lost in 5 minutes. @default 1 */
  lostThreshold: z.number().optional(),
  /** Webhooks parked in 5 minutes. @default 5 */
  parkedThreshold: z.number().optional(),
  /** Parked webhooks that wait for 15 minutes. @default 1 */
  parkingBacklogThreshold: z.number().optional(),
  /** Age of the secrets in use. @default - twice secretCacheTtl, or half-way from it to secretMaxStale */
  secretStaleThreshold: duration.optional(),
  /** What is left of the grace when the previous secret still verifies. @default - a quarter of previousSecretGrace */
  previousSecretLateThreshold: duration.optional(),
  /** Events in a dead-letter queue. @default 1 */
  deadLetterThreshold: z.number().optional(),
  /** The longest time without an accepted webhook: whole minutes, up to a day. @default - no such alarm */
  expectedTrafficWindow: duration.optional(),
});

const deployment = z.strictObject({
  /** Twelve digits. @default - the account of the credentials that deploy */
  account: z
    .string()
    .regex(/^\d{12}$/, 'it takes the 12 digits of an AWS account')
    .optional(),
  /** Such as eu-central-1. @default - the Region of the profile that deploys */
  region: z
    .string()
    .regex(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'it takes the name of a Region, such as eu-central-1')
    .optional(),
  /** What senders sign, by name: a webhook for each. One that is taken out loses its route. @default - form alone */
  schemes: z.partialRecord(z.enum(SCHEME_NAMES), webhook).optional(),
  /** Requests a second over time, of all senders together. @default 100 */
  throttlingRateLimit: z.number().optional(),
  /** Requests at one moment. @default 200 */
  throttlingBurstLimit: z.number().optional(),
  /** A domain name of yours. @default - the API's own host alone */
  customDomain: domain.optional(),
  /** Whether the API's own host answers nobody. @default false */
  disableExecuteApiEndpoint: z.boolean().optional(),
  /** How long cached secrets are used before they are read again. @default - 5 minutes */
  secretCacheTtl: duration.optional(),
  /** The least time between two refreshes. @default - 5 seconds */
  secretRefreshCooldown: duration.optional(),
  /** How long the previous secret verifies after a rotation. @default - 1 day */
  previousSecretGrace: duration.optional(),
  /** How long secrets serve while Secrets Manager cannot be read. @default - 1 day */
  secretMaxStale: duration.optional(),
  /** The functions' memory in MiB, 128 to 10,240; CPU grows with it. @default 128 */
  memorySize: z.number().optional(),
  /** Whether webhooks that cannot be verified or published yet are kept and handled later. @default true */
  parking: z.boolean().optional(),
  /** Parked webhooks of one instance that are handled at a time: 2 to 1000. @default 2 */
  parkingConcurrency: z.number().optional(),
  /** How long functions and gateway keep their logs. @default RetentionDays.ONE_MONTH */
  logRetention: z.enum(RetentionDays).optional(),
  alarms: alarms.optional(),
  /** $3.00 of an idle month (docs/operations.md). @default true */
  dashboard: z.boolean().optional(),
  /** X-Ray. @default false */
  tracing: z.boolean().optional(),
  /** Whether the bus keeps events for a replay. @default true */
  archive: z.boolean().optional(),
  /** How long: whole days. @default - 14 days */
  archiveRetention: duration.optional(),
  /** On every resource that takes tags. @default - none */
  tags: z.record(z.string().regex(/^(?!aws:).{1,128}$/), z.string().max(256)).optional(),
  /** Adds to the stack what takes the events (docs/events.md, "Consume"). @default - nothing */
  consumers: z
    .custom<(stack: GenesysWebhookStack) => void>((value) => typeof value === 'function')
    .optional(),
});

export type Deployment = z.input<typeof deployment>;
export type Rotation = z.input<typeof rotation>;

/**
 * The entry of a stage.
 *
 * @throws where there is none, or it holds what cannot be: names the member and what it takes.
 */
export function deploymentOf(stage: string, all: Readonly<Record<string, unknown>>): Deployment {
  if (!Object.hasOwn(all, stage)) {
    throw propError(`there is no such entry; use ${Object.keys(all).join(', ')}`);
  }
  const { data, error } = deployment.safeParse(all[stage]);
  if (!error) return data;
  const issues = error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw propError(issues.join('; '));
}

/** What keeps a stage from being deployed, as one line. Below a stack trace nobody would read it. */
export function explained(stage: string, error: unknown): string | undefined {
  if (!Errors.isValidationError(error)) return undefined;
  const { constructPath, message } = error;
  return [`stage ${stage}`, constructPath, message].filter(Boolean).join(': ');
}
