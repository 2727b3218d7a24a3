import { isIPv4, isIPv6 } from 'node:net';
import type { Construct } from 'constructs';
import { propError } from './prop-error.ts';

/**
 * The value of `ALLOWED_CIDRS`, or undefined where every source may send.
 *
 * @throws where the list is empty or an entry is no IPv4 or IPv6 range in CIDR notation.
 */
export function allowedSources(scope: Construct, cidrs: readonly string[] | undefined): string | undefined {
  if (cidrs?.length === 0) {
    throw propError(
      'allowedCidrs is empty; leave it out to allow every source, or name at least one range',
      scope,
    );
  }
  const wrong = cidrs?.find((cidr) => !isCidr(cidr));
  if (wrong !== undefined) {
    throw propError(
      `allowedCidrs holds ${JSON.stringify(wrong)}; it takes IPv4 and IPv6 ranges such as "192.0.2.0/24" or "2001:db8::/32"`,
      scope,
    );
  }
  return cidrs?.join(',');
}

function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  // A zone (fe80::1%eth0) names an interface of one machine, and IPv4 in IPv6 (::ffff:192.0.2.0) never arrives as such.
  const bits = isIPv4(address) ? 32 : isIPv6(address) && !/%|^::ffff:/i.test(address) ? 128 : -1;
  return rest.length === 0 && /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits;
}
