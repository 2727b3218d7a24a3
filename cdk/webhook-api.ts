import { ArnFormat, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  type CfnApi,
  type CorsPreflightOptions,
  type DomainName,
  HttpApi,
  HttpStage,
  type IAccessLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type ILogGroup, LogGroup, MetricFilter, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type CustomDomain, customDomainName } from './custom-domain.ts';
import { METRIC_NAMESPACE } from './metrics.ts';
import { propError } from './prop-error.ts';

export interface WebhookApiProps {
  /**
   * Requests a second over time; past it the gateway answers 429. One limit for the API's stage.
   *
   * @default 100
   */
  readonly throttlingRateLimit?: number;
  /**
   * Requests at one moment; past it the gateway answers 429. One limit for the API's stage.
   *
   * @default 200
   */
  readonly throttlingBurstLimit?: number;
  /**
   * Where the gateway logs each request, as JSON. One whose name starts with `/aws/vendedlogs/` takes no room in the
   * account's policy for log delivery.
   *
   * @default - a log group of its own, kept for a month, and deleted with the stack
   */
  readonly accessLogGroup?: ILogGroup;
  /**
   * How long a log group that is made here keeps what the gateway logs.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly accessLogRetention?: RetentionDays;
  /**
   * Cross-origin rules for browsers. With them the gateway answers OPTIONS itself.
   *
   * @default - no CORS: Genesys sends from servers
   */
  readonly corsPreflight?: CorsPreflightOptions;
  /**
   * A domain name of yours, at which senders reach the API.
   *
   * @default - the API's own execute-api host alone
   */
  readonly customDomain?: CustomDomain;
  /**
   * Whether the execute-api host answers nobody, so that `customDomain` is the only way in.
   *
   * @default false
   */
  readonly disableExecuteApiEndpoint?: boolean;
}

/**
 * The names of {@link WebhookApiProps}. They are refused beside an API of someone else. `Record` makes the compiler check
 * that none is missing.
 */
const names: Record<keyof WebhookApiProps, true> = {
  throttlingRateLimit: true,
  throttlingBurstLimit: true,
  accessLogGroup: true,
  accessLogRetention: true,
  corsPreflight: true,
  customDomain: true,
  disableExecuteApiEndpoint: true,
};
export const WEBHOOK_API_PROPS = Object.keys(names) as (keyof WebhookApiProps)[];

/**
 * What a log line of the gateway holds: enough to find a request that never reached the function, and no body, query
 * string, header or signature.
 *
 * No field may hold a quote from a sender. AWS does not say that the gateway escapes values, and REST APIs are reported
 * not to (DataBiosphere/azul#4009): `$context.path` could forge a `status` or break the line. Only the method is a
 * sender's text, and it is a token without quotes and backslashes (RFC 9110, section 9.1). `routeKey` is the template's
 * route, or `-`.
 */
const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  apiId: '$context.apiId',
  sourceIp: '$context.identity.sourceIp',
  httpMethod: '$context.httpMethod',
  routeKey: '$context.routeKey',
  status: '$context.status',
  errorType: '$context.error.responseType',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integrationErrorMessage',
  integrationLatency: '$context.integrationLatency',
  responseLatency: '$context.responseLatency',
};

/** An HTTP API that is always throttled and always logged. Routes come from the webhooks that share it. */
export class WebhookApi extends HttpApi {
  /** `https://` and the host that senders use: the custom domain where there is one. */
  readonly origin: string;
  /** Whose regional domain name the DNS record points to. */
  readonly customDomainName: DomainName | undefined;

  constructor(scope: Construct, id: string, props: WebhookApiProps = {}) {
    super(scope, id, {
      apiName: Stack.of(scope).stackName,
      createDefaultStage: false,
      corsPreflight: props.corsPreflight,
      disableExecuteApiEndpoint: props.disableExecuteApiEndpoint,
    });
    if (props.disableExecuteApiEndpoint && !props.customDomain) {
      throw propError('disableExecuteApiEndpoint leaves no way in; give the API a customDomain, too', this);
    }
    if (props.accessLogGroup && props.accessLogRetention) {
      throw propError(
        "accessLogRetention can't be set beside accessLogGroup; set it where that is made",
        this,
      );
    }
    this.customDomainName = props.customDomain && customDomainName(this, props.customDomain);
    this.origin = props.customDomain ? `https://${props.customDomain.domainName}` : this.apiEndpoint;

    const throttle = {
      rateLimit: positive(this, 'throttlingRateLimit', props.throttlingRateLimit ?? 100),
      burstLimit: positive(this, 'throttlingBurstLimit', props.throttlingBurstLimit ?? 200),
    };
    if (!Token.isUnresolved(throttle.burstLimit) && !Number.isInteger(throttle.burstLimit)) {
      throw propError(`throttlingBurstLimit is ${throttle.burstLimit}; it takes a whole number`, this);
    }
    const logGroup =
      props.accessLogGroup ??
      new LogGroup(this, 'AccessLog', {
        logGroupName: this.accessLogName,
        retention: props.accessLogRetention ?? RetentionDays.ONE_MONTH,
        // A group that stays behind keeps its name, and the next deploy fails.
        removalPolicy: RemovalPolicy.DESTROY,
      });
    const stage = new HttpStage(this, 'DefaultStage', {
      httpApi: this,
      autoDeploy: true,
      throttle,
      accessLogSettings: {
        destination: destination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
    if (this.customDomainName) {
      new ApiMapping(this, 'ApiMapping', { api: this, stage, domainName: this.customDomainName });
    }
    // The function never sees these requests: the gateway's own log is the only trace of them.
    new MetricFilter(this, 'Throttled', {
      logGroup,
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.apiId', '=', this.apiId),
        FilterPattern.stringValue('$.status', '=', '429'),
      ),
      metricNamespace: METRIC_NAMESPACE,
      metricName: 'Throttled',
      dimensions: { ApiId: '$.apiId' },
    });
  }

  /**
   * API Gateway writes the ARN of each access log into the account's one policy for log delivery, whose length is
   * limited: in a busy account a stage then fails with "Policy document length breaking Cloudwatch Logs Constraints"
   * (serverless/serverless#10469). One entry covers every group under `/aws/vendedlogs/` (Step Functions guide, "Best
   * practices", on the size of that policy).
   */
  private get accessLogName(): string {
    return `/aws/vendedlogs/${Stack.of(this).stackName}/${(this.node.defaultChild as CfnApi).logicalId}`;
  }

  /**
   * Requests over the throttle, which the gateway answered with 429.
   *
   * @default - sum over 5 minutes
   */
  metricThrottled(options?: MetricOptions): Metric {
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: 'Throttled',
      dimensionsMap: { ApiId: this.apiId },
      statistic: 'Sum',
      ...options,
    });
  }
}

/**
 * Names the group by the ARN that the gateway reports. The CDK's own destination ends in `:*`, which drift detection reports
 * as a change; its flag `logGroupDestinationArnWithoutWildcard` is for REST APIs alone.
 */
function destination(logGroup: ILogGroup): IAccessLogDestination {
  const { account, region } = logGroup.env;
  const destinationArn = Stack.of(logGroup).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: logGroup.logGroupName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    account,
    region,
  });
  return { bind: () => ({ destinationArn }) };
}

function positive(scope: Construct, name: string, value: number): number {
  // NaN must fail too: it would become `null`, which the gateway reads as 0.
  if (!Token.isUnresolved(value) && !(value >= 1)) {
    throw propError(`${name} is ${value}; below 1 the gateway refuses every request`, scope);
  }
  return value;
}
