import { UnscopedValidationError, ValidationError } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The CDK takes only names made by its own tag function, which it does not export. */
const NAME = 'InvalidProp' as never;

/**
 * The error for a prop whose value cannot be deployed. The CDK shows the construct that it belongs to below it.
 *
 * @param scope @default - the error belongs to no construct
 */
export function propError(message: string, scope?: IConstruct): Error {
  return scope ? new ValidationError(NAME, message, scope) : new UnscopedValidationError(NAME, message);
}
