/** What is refused of a webhook's props before anything is deployed. */
import { Token } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import type { GenesysWebhookProps } from './genesys-webhook-props.ts';
import { propError } from './prop-error.ts';

/** Props of a shared resource are its owner's: whoever shares it can't set them. */
export function refuseTogether(
  scope: Construct,
  shared: keyof GenesysWebhookProps,
  owners: readonly (keyof GenesysWebhookProps)[],
  props: GenesysWebhookProps,
): void {
  const passed = owners.filter((name) => props[name] !== undefined);
  if (props[shared] && passed.length > 0) {
    throw propError(
      `${passed.join(', ')} can't be set beside ${shared}; set it where ${shared} is made`,
      scope,
    );
  }
}

/** The paths of each API that have a webhook. */
const paths = new WeakMap<IHttpApi, Set<string>>();

/**
 * A route of an HTTP API may hold variables (`{proxy+}`), which no sender's URL does. And of two equal routes API Gateway
 * refuses the second, in the middle of a deploy.
 */
export function claimPath(scope: Construct, api: IHttpApi, path: string): void {
  if (!/^(\/[\w.~-]+)+$/.test(path)) {
    throw propError(
      `path is ${JSON.stringify(path)}; it takes a slash and a name, or several, such as "/webhook/genesys"`,
      scope,
    );
  }
  const taken = paths.get(api) ?? new Set();
  if (taken.has(path)) throw propError(`path is ${path}, which another webhook of the API has`, scope);
  paths.set(api, taken.add(path));
}

/** The function trims its variables, and reads an empty one as absent. */
export function checkText(
  scope: Construct,
  name: string,
  value: string | undefined,
  maxLength: number,
): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (value === '' || value !== value.trim() || value.length > maxLength) {
    throw propError(
      `${name} is ${JSON.stringify(value)}; it takes 1 to ${maxLength} characters, without white space at the ends`,
      scope,
    );
  }
}

/** The variables, or outputs, that there are. */
export function withoutUndefined(variables: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
