import type { Scheme } from '../../contract/schemes.ts';

/** The detail-type under which the manifest's sample of an event type is published. */
export function detailTypeOf(scheme: Scheme, eventType: string): string {
  return scheme === 'open-messaging'
    ? `genesys.openmessaging.outbound.${eventType.toLowerCase() || 'unknown'}`
    : eventType || 'genesys.webhook';
}
