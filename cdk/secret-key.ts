import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ViaServicePrincipal } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { propError } from './prop-error.ts';

/**
 * Lets a function use the key of a secret, where it has one of its own, by way of Secrets Manager alone.
 *
 * @param name - the prop that the secret is from
 */
export function grantKeyOf(
  scope: Construct,
  name: string,
  secret: ISecret,
  handler: IFunction,
  ...actions: string[]
): void {
  const key = secret.encryptionKey;
  if (!key) return;
  if (key.keyArn.includes(':alias/')) {
    throw propError(`the encryptionKey of ${name} is an alias; KMS grants need the key itself`, scope);
  }
  const service = `secretsmanager.${Stack.of(secret).region}.amazonaws.com`;
  // This writes to the key's own policy alone, and that of an imported key is out of its reach.
  key.grant(new ViaServicePrincipal(service, handler.grantPrincipal), ...actions);
  handler.addToRolePolicy(
    new PolicyStatement({
      actions,
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': service } },
    }),
  );
}
