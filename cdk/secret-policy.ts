import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { propError } from './prop-error.ts';

/** How long the function keeps secrets, and which of them verify (`docs/rotation.md`). */
export interface SecretPolicyProps {
  /**
   * How long cached secrets are used before the next request refreshes them. Whole seconds, at least 1.
   *
   * @default - 5 minutes
   */
  readonly secretCacheTtl?: Duration;
  /**
   * The least time between two refreshes in one execution environment. It bounds what a flood of forged requests costs.
   * Whole seconds, at least 1, not more than `secretCacheTtl`.
   *
   * @default - 5 seconds, or `secretCacheTtl` where that is less
   */
  readonly secretRefreshCooldown?: Duration;
  /**
   * How long AWSPREVIOUS still verifies after a rotation; 0 switches it off. Whole seconds.
   *
   * @default - 1 day
   */
  readonly previousSecretGrace?: Duration;
  /**
   * How long cached secrets stay in service while Secrets Manager can't be read. Whole seconds, not less than
   * `secretCacheTtl`.
   *
   * @default - 1 day, or `secretCacheTtl` where that is more
   */
  readonly secretMaxStale?: Duration;
}

const DEFAULTS: Required<SecretPolicyProps> = {
  secretCacheTtl: Duration.minutes(5),
  secretRefreshCooldown: Duration.seconds(5),
  previousSecretGrace: Duration.days(1),
  secretMaxStale: Duration.days(1),
};

/** The function reads its durations as `u32` seconds. */
const MAX_SECONDS = 2 ** 32 - 1;

/**
 * The policy with its defaults filled in.
 *
 * @throws an error that names the prop, its value and the rule it breaks.
 */
export function secretPolicy(scope: Construct, props: SecretPolicyProps): Required<SecretPolicyProps> {
  const secretCacheTtl = props.secretCacheTtl ?? DEFAULTS.secretCacheTtl;
  const ttl = secretCacheTtl.toMilliseconds();
  const { secretRefreshCooldown: cooldown, secretMaxStale: stale } = DEFAULTS;
  const policy = {
    secretCacheTtl,
    secretRefreshCooldown:
      props.secretRefreshCooldown ?? (cooldown.toMilliseconds() > ttl ? secretCacheTtl : cooldown),
    previousSecretGrace: props.previousSecretGrace ?? DEFAULTS.previousSecretGrace,
    secretMaxStale: props.secretMaxStale ?? (stale.toMilliseconds() < ttl ? secretCacheTtl : stale),
  };
  for (const [name, duration] of Object.entries(policy)) {
    const least = name === 'previousSecretGrace' ? 0 : 1;
    const seconds = duration.toMilliseconds() / 1000;
    if (!Number.isInteger(seconds) || seconds < least || seconds > MAX_SECONDS) {
      throw propError(
        `${name} is ${seconds} seconds; it takes whole seconds from ${least} to ${MAX_SECONDS}`,
        scope,
      );
    }
  }
  mustNotExceed(scope, 'secretRefreshCooldown', 'secretCacheTtl', policy);
  mustNotExceed(scope, 'secretCacheTtl', 'secretMaxStale', policy);
  return policy;
}

function mustNotExceed<P extends keyof SecretPolicyProps>(
  scope: Construct,
  lesser: P,
  greater: P,
  policy: Required<SecretPolicyProps>,
): void {
  const [less, more] = [policy[lesser].toSeconds(), policy[greater].toSeconds()];
  if (less > more) {
    throw propError(
      `${lesser} is ${less} seconds; it must not be more than ${greater}, ${more} seconds`,
      scope,
    );
  }
}
