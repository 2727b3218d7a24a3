import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { HttpMethod, HttpRoute, HttpRouteKey, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IEventBus, type IRule, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { DeadLetterQueue, withDeadLetterQueue } from './dead-letter.ts';
import { GenesysRotation } from './genesys-rotation.ts';
import type { GenesysWebhookProps } from './genesys-webhook-props.ts';
import { ALLOCATOR, DEFAULT_MEMORY_MIB } from './memory.ts';
import { MeasuredWebhook } from './metrics.ts';
import { ParkingQueue, parkingConcurrency } from './parking-queue.ts';
import { checkText, claimPath, refuseTogether, withoutUndefined } from './prop-checks.ts';
import { propError } from './prop-error.ts';
import { rustFunction } from './rust-function.ts';
import { grantKeyOf } from './secret-key.ts';
import { secretPolicy } from './secret-policy.ts';
import { SignatureScheme } from './signature-scheme.ts';
import { allowedSources } from './source-addresses.ts';
import { WEBHOOK_API_PROPS, WebhookApi } from './webhook-api.ts';
import { DEFAULT_EVENT_SOURCE, WEBHOOK_BUS_PROPS, WebhookBus } from './webhook-bus.ts';

export interface OnWebhookEventOptions {
  /** What receives the events. It uses the webhook's dead-letter queue, and keeps the retry settings that you give it. */
  readonly target: IRuleTarget;
  /**
   * The detail-types to pass on, such as `conversation:created`.
   *
   * @default - all
   */
  readonly eventTypes?: string[];
  /**
   * A further filter on `detail`, as written for Genesys's native events.
   *
   * @default - none
   */
  readonly detail?: Record<string, unknown>;
  /**
   * @default - generated
   */
  readonly ruleName?: string;
  /**
   * @default - none
   */
  readonly description?: string;
}

/**
 * Receives the webhooks of one sender: a route, a shared secret, the function that verifies with it, a bus on which each
 * verified webhook is an event, and a queue for those that cannot be verified or published yet. The sender gets its 2xx
 * when one of the two has the webhook.
 */
export class GenesysWebhook extends MeasuredWebhook {
  readonly signatureScheme: SignatureScheme;
  readonly path: string;
  readonly httpApi: IHttpApi;
  /** The shared secret: what the sender's configuration needs as well. */
  readonly secret: ISecret;
  readonly eventBus: IEventBus;
  /** `source` of the published events. */
  readonly eventSource: string;
  readonly function: IFunction;
  readonly logGroup: ILogGroup;
  /** Events that a target of {@link onEvent} did not take, for 14 days. */
  readonly deadLetterQueue: DeadLetterQueue;
  /**
   * Webhooks that could not be verified or published yet, for 14 days at most.
   *
   * @default - none where `parking` is false
   */
  readonly parkingQueue?: ParkingQueue;
  /**
   * What rotates the secret.
   *
   * @default - nothing, where `rotateWithGenesys` is not set
   */
  readonly rotation?: GenesysRotation;
  readonly secretCacheTtl: Duration;
  readonly previousSecretGrace: Duration;
  readonly secretMaxStale: Duration;
  private readonly made: IRule[] = [];

  constructor(scope: Construct, id: string, props: GenesysWebhookProps = {}) {
    super(scope, id);
    refuseTogether(this, 'httpApi', WEBHOOK_API_PROPS, props);
    refuseTogether(this, 'eventBus', WEBHOOK_BUS_PROPS, props);
    const policy = secretPolicy(this, props);
    this.secretCacheTtl = policy.secretCacheTtl;
    this.previousSecretGrace = policy.previousSecretGrace;
    this.secretMaxStale = policy.secretMaxStale;
    this.signatureScheme = props.signatureScheme ?? SignatureScheme.FORM;
    this.path = props.path ?? this.signatureScheme.defaultPath;
    this.eventSource = props.eventSource ?? DEFAULT_EVENT_SOURCE;
    checkText(this, 'eventSource', this.eventSource, 256);
    checkText(this, 'webhookSecretJsonKey', props.webhookSecretJsonKey, 256);
    if (this.eventSource.startsWith('aws.')) {
      throw propError(
        `eventSource is "${this.eventSource}"; names that start with "aws." are for AWS services alone`,
        this,
      );
    }

    this.checkRegion(props.eventBus);
    this.httpApi = props.httpApi ?? new WebhookApi(this, 'HttpApi', props);
    claimPath(this, this.httpApi, this.path);
    this.eventBus = props.eventBus ?? new WebhookBus(this, 'EventBus', props);
    this.deadLetterQueue = new DeadLetterQueue(this, 'DeadLetterQueue');
    const concurrency = parkingConcurrency(this, props);
    if (concurrency) this.parkingQueue = new ParkingQueue(this, 'ParkingQueue');
    this.secret = props.webhookSecret ?? this.newSecret();
    if (props.logGroup && props.logRetention) {
      throw propError("logRetention can't be set beside logGroup; set it where that is made", this);
    }
    this.logGroup =
      props.logGroup ??
      new LogGroup(this, 'Log', {
        retention: props.logRetention ?? RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    const sources = allowedSources(this, props.allowedCidrs);
    const handler = rustFunction(this, 'Function', {
      binary: 'genesys-webhook',
      logGroup: this.logGroup,
      code: props.code,
      tracing: props.tracing,
      memorySize: props.memorySize ?? DEFAULT_MEMORY_MIB,
      timeout: Duration.seconds(10),
      environment: withoutUndefined({
        WEBHOOK_SECRET_ARN: this.secret.secretArn,
        WEBHOOK_SECRET_JSON_KEY: props.webhookSecretJsonKey,
        // A name alone would be taken for a bus of this account and Region.
        EVENT_BUS_NAME: this.busIsElsewhere ? this.eventBus.eventBusArn : this.eventBus.eventBusName,
        EVENT_SOURCE: this.eventSource,
        SIGNATURE_SCHEME: this.signatureScheme.name,
        SECRET_CACHE_TTL_SECONDS: String(policy.secretCacheTtl.toSeconds()),
        SECRET_REFRESH_COOLDOWN_SECONDS: String(policy.secretRefreshCooldown.toSeconds()),
        PREVIOUS_SECRET_GRACE_SECONDS: String(policy.previousSecretGrace.toSeconds()),
        SECRET_MAX_STALE_SECONDS: String(policy.secretMaxStale.toSeconds()),
        PARKING_QUEUE_URL: this.parkingQueue?.queueUrl,
        ALLOWED_CIDRS: sources,
        ...ALLOCATOR,
      }),
    });
    this.function = handler;
    this.secret.grantRead(handler);
    grantKeyOf(this, 'webhookSecret', this.secret, handler, 'kms:Decrypt');
    this.eventBus.grantPutEventsTo(handler);
    if (concurrency) this.parkingQueue?.handleBy(handler, concurrency);
    this.measure(this.logGroup);

    const route = new HttpRoute(this, 'Route', {
      httpApi: this.httpApi,
      routeKey: HttpRouteKey.with(this.path, HttpMethod.ANY),
      integration: new HttpLambdaIntegration('Integration', handler),
    });
    if (props.rotateWithGenesys) {
      const { webhookSecretJsonKey, logRetention } = props;
      const { secretRefreshCooldown } = policy;
      this.rotation = new GenesysRotation(this, 'Rotation', {
        ...props.rotateWithGenesys,
        ...{
          webhookSecretJsonKey,
          isRestricted: sources !== undefined,
          secretRefreshCooldown,
          logRetention,
          route,
        },
      });
    }
  }

  /** Where the sender has to send. */
  get webhookUrl(): string {
    const origin = this.httpApi instanceof WebhookApi ? this.httpApi.origin : this.httpApi.apiEndpoint;
    return `${origin}${this.path}`;
  }

  /** EventBridge user guide, "Sending and receiving events between AWS Regions": by rules alone. */
  private checkRegion(bus: IEventBus | undefined): void {
    const { region } = Stack.of(this);
    if (bus && Token.compareStrings(bus.env.region, region) === TokenComparison.DIFFERENT) {
      throw propError(
        `eventBus is in ${bus.env.region} and the webhook in ${region}, and PutEvents reaches the buses of its own Region alone; publish on a bus in ${region}, with a rule that sends its events to that one`,
        this,
      );
    }
  }

  private get busIsElsewhere(): boolean {
    const { account, region } = Stack.of(this);
    const { env } = this.eventBus;
    return [Token.compareStrings(env.account, account), Token.compareStrings(env.region, region)].some(
      (comparison) =>
        comparison === TokenComparison.DIFFERENT || comparison === TokenComparison.ONE_UNRESOLVED,
    );
  }

  /**
   * Sends verified events to a target, and those it does not take to {@link deadLetterQueue}.
   *
   * The rule passes this instance's scheme alone, so that events of a weaker one on the same bus never pass for
   * this one's.
   */
  onEvent(id: string, options: OnWebhookEventOptions): IRule {
    if (this.busIsElsewhere) {
      throw propError(
        'eventBus is of another account or Region; add its rules there, to a stack of its own',
        this,
      );
    }
    const rule = new Rule(this, id, {
      ruleName: options.ruleName,
      description: options.description,
      eventBus: this.eventBus,
      eventPattern: {
        source: [this.eventSource],
        detailType: options.eventTypes,
        detail: {
          ...options.detail,
          metadata: { ...(options.detail?.metadata as object), scheme: [this.signatureScheme.name] },
        },
      },
      targets: [withDeadLetterQueue(options.target, this.deadLetterQueue)],
    });
    this.made.push(rule);
    return rule;
  }

  /**
   * Adds to the stack the outputs that `genesys-webhook smoke` and `doctor` read, and the command that prints the secret. For
   * any scheme but `form` their names begin with the scheme's, so that each scheme of a stack can have them once.
   */
  addOutputs(): void {
    const stack = Stack.of(this);
    const { secretArn } = this.secret;
    const outputs = {
      WebhookUrl: this.webhookUrl,
      SecretArn: secretArn,
      ReadSecretCommand: `aws secretsmanager get-secret-value --region ${stack.region} --secret-id ${secretArn} --query SecretString --output text`,
      FunctionName: this.function.functionName,
      LogGroupName: this.logGroup.logGroupName,
      ApiId: this.httpApi.apiId,
      EventBusName: this.eventBus.eventBusName,
      ParkingQueueUrl: this.parkingQueue?.queueUrl,
      RotationFunctionName: this.rotation?.function.functionName,
      RotationLogGroupName: this.rotation?.logGroup.logGroupName,
      OAuthSecretArn: this.rotation?.oauthSecret.secretArn,
      CustomDomainTarget:
        this.httpApi instanceof WebhookApi ? this.httpApi.customDomainName?.regionalDomainName : undefined,
    };
    for (const [name, value] of Object.entries(withoutUndefined(outputs))) {
      new CfnOutput(stack, `${this.signatureScheme.idPart}${name}`, { value });
    }
  }

  /** Those made by {@link onEvent}. */
  get rules(): readonly IRule[] {
    return this.made;
  }

  /**
   * Events of a rule that neither its target nor {@link deadLetterQueue} took, such as one too large for both: the
   * only trace of them.
   *
   * @default - sum over 5 minutes
   */
  metricNotDeadLettered(rule: IRule, options?: MetricOptions): Metric {
    const bus = this.eventBus.eventBusName;
    const custom = bus !== 'default';
    return new Metric({
      namespace: 'AWS/Events',
      metricName: 'InvocationsFailedToBeSentToDlq',
      // The name of the bus is a dimension where it is a custom one: EventBridge user guide, "Monitoring". The rule's
      // comes from its ARN, because `Ref` of a rule on such a bus is `BUS|RULE`.
      dimensionsMap: {
        ...(custom && { EventBusName: bus }),
        RuleName: Fn.select(custom ? 2 : 1, Fn.split('/', rule.ruleArn)),
      },
      statistic: 'Sum',
      ...options,
    });
  }

  /**
   * CloudFormation generates a value when it creates the secret and whenever GenerateSecretString changes, which
   * would overwrite a rotated one. So `generateSecretString` and the logical id must never change (`secret.test.ts`).
   */
  private newSecret(): Secret {
    return new Secret(this, 'Secret', {
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
