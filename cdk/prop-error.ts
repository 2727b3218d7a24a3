import { UnscopedValidationError, ValidationError } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The CDK takes only names that a tag function of its own has made, and that one it does not export. */
const NAME = 'InvalidProp' as never;

/**
 * The error of a prop that nothing can be deployed with. The CDK shows the construct that it belongs to below it.
 *
 * @param scope @default - the error belongs to no construct
 */
export function propError(message: string, scope?: IConstruct): Error {
  return scope ? new ValidationError(NAME, message, scope) : new UnscopedValidationError(NAME, message);
}
