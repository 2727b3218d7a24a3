import { Duration, RemovalPolicy, SecretValue, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type Code, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnRotationSchedule, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IDependable } from 'constructs';
import { GENESYS_REGIONS } from '../contract/genesys-regions.ts';
import { HOST_NAME } from './custom-domain.ts';
import type { GenesysWebhook } from './genesys-webhook.ts';
import { checkText, withoutUndefined } from './prop-checks.ts';
import { propError } from './prop-error.ts';
import { rustFunction } from './rust-function.ts';
import { grantKeyOf } from './secret-key.ts';

/** How the secret is rotated with Genesys, by Secrets Manager (`docs/rotation.md`). */
export interface GenesysRotationProps {
  /** A Region of Genesys Cloud by its AWS name, such as `eu-central-1`, or the organisation's domain, such as `mypurecloud.de`. */
  readonly region: string;
  /**
   * Open Messaging: the id of the integration.
   *
   * @default - none: the scheme open-messaging requires it, and no other takes it
   */
  readonly integrationId?: string;
  /**
   * A static token: the id of the data action integration's credential.
   *
   * @default - none: the scheme static-token requires it, and no other takes it
   */
  readonly credentialId?: string;
  /**
   * A static token: the one field of the credential.
   *
   * @default webhookKey
   */
  readonly credentialField?: string;
  /**
   * The secret with the OAuth client of Genesys, as JSON: `{"clientId":"…","clientSecret":"…"}`. If a KMS key of yours
   * encrypts it, name the key (`fromSecretAttributes`).
   *
   * @default - a new one for you to fill in, with both members empty, which outlives the stack
   */
  readonly oauthSecret?: ISecret;
  /**
   * When to rotate: `cron(0 3 1 * ? *)`, or `rate(30 days)`. Prefer `cron`: after a change of a `rate`, the rotation that
   * was due before may still come.
   *
   * @default - when Secrets Manager is told to
   */
  readonly schedule?: string;
  /**
   * A ready arm64 `bootstrap` of the rotation function, so that nothing is compiled at synthesis.
   *
   * @default - the function that the package brings; in its repository, built by cargo-lambda
   */
  readonly code?: Code;
}

/** What else the rotation takes of its webhook. */
interface OfWebhook {
  readonly webhookSecretJsonKey?: string;
  /** Whether the webhook takes some source addresses only. */
  readonly isRestricted: boolean;
  readonly secretRefreshCooldown: Duration;
  readonly logRetention?: RetentionDays;
  readonly route: IDependable;
}

/** Beside the cooldown: the seconds that labels take to spread. */
const SPREAD_SECONDS = 25;
/** What a rotation takes beside the wait, at most. */
const WORK_SECONDS = 200;
/** Lambda quotas, "Timeout". */
const MAX_TIMEOUT_SECONDS = 900;

/** Has Secrets Manager rotate a webhook's secret, by a function that tells Genesys the new one. */
export class GenesysRotation extends Construct {
  readonly function: IFunction;
  readonly logGroup: ILogGroup;
  /** The OAuth client that the function logs in to Genesys with. */
  readonly oauthSecret: ISecret;

  constructor(webhook: GenesysWebhook, id: string, props: GenesysRotationProps & OfWebhook) {
    super(webhook, id);
    const { secret } = webhook;
    const target = targetOf(webhook, props);
    const domain = domainOf(webhook, props.region);
    const wait = props.secretRefreshCooldown.toSeconds() + SPREAD_SECONDS;
    checkTimeout(webhook, wait);
    checkGrace(webhook);
    checkAccount(webhook);
    checkSchedule(webhook, props.schedule);
    this.oauthSecret = props.oauthSecret ?? this.newOAuthSecret();
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const handler = rustFunction(this, 'Function', {
      binary: 'genesys-webhook-rotation',
      code: props.code,
      logGroup: this.logGroup,
      memorySize: 128,
      timeout: Duration.seconds(wait + WORK_SECONDS),
      environment: withoutUndefined({
        GENESYS_DOMAIN: domain,
        ...target,
        GENESYS_OAUTH_SECRET_ARN: this.oauthSecret.secretArn,
        SIGNATURE_SCHEME: webhook.signatureScheme.name,
        WEBHOOK_SECRET_JSON_KEY: props.webhookSecretJsonKey,
        WEBHOOK_URL: webhook.webhookUrl,
        STAGING_WAIT_SECONDS: String(wait),
        // The route may then answer the function with 403.
        IS_RESTRICTED: props.isRestricted ? 'true' : undefined,
      }),
    });
    this.function = handler;
    const allow = (resource: string, ...actions: string[]) =>
      handler.addToRolePolicy(
        new PolicyStatement({
          actions: actions.map((action) => `secretsmanager:${action}`),
          resources: [resource],
        }),
      );
    const onSecret = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'];
    allow(arnInPolicies(secret), ...onSecret);
    allow('*', 'GetRandomPassword');
    allow(arnInPolicies(this.oauthSecret), 'GetSecretValue');
    grantKeyOf(webhook, 'webhookSecret', secret, handler, 'kms:Decrypt', 'kms:GenerateDataKey');
    grantKeyOf(webhook, 'rotateWithGenesys.oauthSecret', this.oauthSecret, handler, 'kms:Decrypt');

    const permission = new CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: handler.functionArn,
      principal: 'secretsmanager.amazonaws.com',
      sourceAccount: Stack.of(this).account,
      sourceArn: secret.secretFullArn,
    });
    // `secret.addRotationSchedule` would let Secrets Manager of any account call the function. And it would give the secret
    // a resource policy, in place of one made by hand, by which nobody could delete it.
    const schedule = new CfnRotationSchedule(this, 'Schedule', {
      secretId: secret.secretArn,
      rotationLambdaArn: handler.functionArn,
      rotateImmediatelyOnUpdate: false,
      rotationRules: props.schedule ? { scheduleExpression: props.schedule } : undefined,
    });
    // At each deploy of the schedule Secrets Manager has the function test it, which sends a webhook to the route. So all
    // that answers there comes first: of the API its stage, and its custom domain where it has one.
    const api = ['DefaultStage', 'ApiMapping', 'AliasRecord'].map((part) =>
      webhook.httpApi.node.tryFindChild(part),
    );
    for (const part of [permission, handler.role, props.route, ...api]) {
      if (part) schedule.node.addDependency(part);
    }
  }

  /**
   * Steps of a rotation that failed. Secrets Manager tries them again.
   *
   * @default - sum over 5 minutes
   */
  metricFailed(options?: MetricOptions): Metric {
    return this.function.metricErrors(options);
  }

  /**
   * CloudFormation writes a value when it creates the secret and whenever the template's value changes, which would
   * overwrite what was filled in. So this value and the logical id must never change.
   */
  private newOAuthSecret(): Secret {
    const empty = SecretValue.unsafePlainText('');
    return new Secret(this, 'OAuthSecret', {
      secretObjectValue: { clientId: empty, clientSecret: empty },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/** The secret of Genesys that is set: the variables that name it. */
function targetOf(webhook: GenesysWebhook, props: GenesysRotationProps): Record<string, string> {
  const scheme = webhook.signatureScheme.name;
  const refuse = (...names: (keyof GenesysRotationProps)[]) => {
    const passed = names.find((name) => props[name] !== undefined);
    if (passed) throw propError(`rotateWithGenesys.${passed} is set; the scheme ${scheme} has none`, webhook);
  };
  switch (scheme) {
    case 'open-messaging':
      refuse('credentialId', 'credentialField');
      return {
        GENESYS_INTEGRATION_ID: idOf(webhook, props, 'integrationId', 'the Open Messaging integration'),
      };
    case 'static-token': {
      refuse('integrationId');
      const { credentialField = 'webhookKey' } = props;
      checkText(webhook, 'rotateWithGenesys.credentialField', credentialField, 256);
      return {
        GENESYS_CREDENTIAL_ID: idOf(
          webhook,
          props,
          'credentialId',
          "the data action integration's credential",
        ),
        GENESYS_CREDENTIAL_FIELD: credentialField,
      };
    }
    case 'form':
      throw propError(
        'rotateWithGenesys is set and the scheme is form; Genesys documents no API for the secret of its sender, so rotate it by hand (docs/rotation.md)',
        webhook,
      );
  }
}

function idOf(
  scope: Construct,
  props: GenesysRotationProps,
  name: 'integrationId' | 'credentialId',
  whose: string,
): string {
  const id = props[name];
  if (id === undefined || !(Token.isUnresolved(id) || /^[A-Za-z0-9-]{1,64}$/.test(id))) {
    throw propError(
      `rotateWithGenesys.${name} is ${id === undefined ? 'missing' : JSON.stringify(id)}; it takes the id of ${whose}, 1 to 64 letters, digits and "-"`,
      scope,
    );
  }
  return id;
}

function domainOf(scope: Construct, region: string): string {
  const is = `rotateWithGenesys.region is ${JSON.stringify(region)}`;
  const [host] = /^(api|login)\./.exec(region) ?? [];
  if (host) throw propError(`${is}; leave "${host}" out`, scope);
  const domain = Object.hasOwn(GENESYS_REGIONS, region) ? GENESYS_REGIONS[region] : region;
  if (!domain || !HOST_NAME.test(domain)) {
    throw propError(
      `${is}; it takes a Region of Genesys Cloud such as "eu-central-1", or the organisation's domain such as "mypurecloud.de"`,
      scope,
    );
  }
  return domain;
}

function checkTimeout(scope: Construct, wait: number): void {
  const most = MAX_TIMEOUT_SECONDS - WORK_SECONDS;
  if (wait > most) {
    throw propError(
      `secretRefreshCooldown is ${wait - SPREAD_SECONDS} seconds; beside rotateWithGenesys it takes at most ${most - SPREAD_SECONDS}, because the rotation waits for it within the 15 minutes of Lambda`,
      scope,
    );
  }
}

/** How soon Genesys signs with what it was told is documented nowhere. */
function checkGrace(webhook: GenesysWebhook): void {
  const grace = webhook.previousSecretGrace.toSeconds();
  if (grace < 3600) {
    throw propError(
      `previousSecretGrace is ${grace} seconds; beside rotateWithGenesys it takes 1 hour or more, because Genesys may sign with the old secret for a while`,
      webhook,
    );
  }
}

/** Secrets Manager calls functions of its own account and Region. */
function checkAccount(webhook: GenesysWebhook): void {
  const [{ env }, stack] = [webhook.secret, Stack.of(webhook)];
  const isElsewhere = (['account', 'region'] as const).some(
    (name) => Token.compareStrings(env[name], stack[name]) === TokenComparison.DIFFERENT,
  );
  if (isElsewhere) {
    throw propError(
      'webhookSecret is of another account or Region; rotateWithGenesys takes one of its own',
      webhook,
    );
  }
}

/** Secrets Manager guide, "Rotation schedules": once in 4 hours to once in 1000 days, and of `cron` whole hours of any year. */
function checkSchedule(scope: Construct, schedule: string | undefined): void {
  if (schedule === undefined || Token.isUnresolved(schedule)) return;
  const [, digits, unit, s] = /^rate\(([1-9]\d*) (hour|day)(s?)\)$/.exec(schedule) ?? [];
  const [count, least, most] = [Number(digits), unit === 'hour' ? 4 : 1, unit === 'hour' ? 24_000 : 1000];
  const isRate = count >= least && count <= most && (s === '') === (count === 1);
  if (!isRate && !/^cron\(0( [\w*?,/#-]+){4} \*\)$/.test(schedule)) {
    throw propError(
      `rotateWithGenesys.schedule is ${JSON.stringify(schedule)}; it takes six fields with minute 0 and any year, such as "cron(0 3 1 * ? *)", or a rate from 4 hours to 1000 days, such as "rate(30 days)"`,
      scope,
    );
  }
}

/** A secret that is given by its name has six more characters in its ARN. */
function arnInPolicies({ secretFullArn, secretArn }: ISecret): string {
  return secretFullArn ?? `${secretArn}-??????`;
}
