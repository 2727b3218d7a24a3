import { type Duration, Token } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  type Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ownCode } from '#own-code';
import type { Binary } from '../contract/binaries.ts';
import { propError } from './prop-error.ts';

/** Lambda's limit for all variables together: Lambda quotas, "Environment variables". */
const MAX_ENVIRONMENT_BYTES = 4096;
/** The length assumed for a value that is known only at deployment (an ARN, a bus name). */
const UNRESOLVED_BYTES = 256;

export interface RustFunctionProps {
  readonly binary: Binary;
  readonly environment: Record<string, string>;
  readonly logGroup: ILogGroup;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly tracing?: Tracing;
  readonly code?: Code;
}

/** A Rust function, with a role that may write to its own log group and nothing else yet. */
export function rustFunction(
  scope: Construct,
  id: string,
  { binary, code, ...props }: RustFunctionProps,
): LambdaFunction {
  checkEnvironmentSize(scope, props.environment);
  checkMemorySize(scope, props.memorySize);
  // A role of its own keeps the CDK from attaching the managed AWSLambdaBasicExecutionRole.
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  props.logGroup.grantWrite(role);

  let whyNotBuilt: string | undefined;
  try {
    return new LambdaFunction(scope, id, {
      ...props,
      role,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: Architecture.ARM_64,
      handler: 'bootstrap',
      code: code ?? ownCode(binary, (why) => (whyNotBuilt = why)),
      loggingFormat: LoggingFormat.JSON,
      // Of JSON logs Lambda drops the lines below this level: Lambda guide, "Log-level filtering". The line of
      // an accepted webhook is INFO; without it the metrics that alarms watch are blind.
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // Half as many bytes again, in two lines a request that say nothing: `platform.start` and a successful
      // `platform.report` are INFO, one whose status is another is WARN (same page, "System log level event
      // mapping").
      systemLogLevelV2: SystemLogLevel.WARN,
    });
  } catch (error) {
    // The CDK's own error buries the sentence between two of its paths.
    throw whyNotBuilt ? propError(whyNotBuilt, scope) : error;
  }
}

/** Lambda quotas, "Memory". */
function checkMemorySize(scope: Construct, memorySize: number): void {
  if (Token.isUnresolved(memorySize)) return;
  if (!Number.isInteger(memorySize) || memorySize < 128 || memorySize > 10_240) {
    throw propError(`memorySize is ${memorySize}; it takes whole MiB from 128 to 10240`, scope);
  }
}

function checkEnvironmentSize(scope: Construct, environment: Record<string, string>): void {
  const bytes = Object.entries(environment).reduce(
    (sum, [name, value]) =>
      sum + name.length + (Token.isUnresolved(value) ? UNRESOLVED_BYTES : Buffer.byteLength(value)),
    0,
  );
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    throw propError(
      `the function's environment takes about ${bytes} bytes, and Lambda allows ${MAX_ENVIRONMENT_BYTES}; merge neighbouring ranges in allowedCidrs (${environment.ALLOWED_CIDRS?.length ?? 0} bytes)`,
      scope,
    );
  }
}
