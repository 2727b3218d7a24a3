/** How a stack's outputs are named and reached. */
import type { Scheme } from '../signing.ts';

/** The prefix of an instance's outputs (`cdk/stack.ts`). */
export const OUTPUT_PREFIX: Record<Scheme, string> = {
  form: '',
  'open-messaging': 'OpenMessaging',
  'static-token': 'StaticToken',
};

/** Behind an endpoint of its own (`npm start`), AWS's host names lead to the real AWS: the emulator has a path instead. */
export function localUrl(url: string, endpoint: string): string {
  const { hostname, pathname } = new URL(url);
  return new URL(`/_aws/execute-api/${hostname.split('.')[0]}/$default${pathname}`, endpoint).href;
}
