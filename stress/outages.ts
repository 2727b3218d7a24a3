/** What Secrets Manager and EventBridge go through, each alone, one after the other. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  answerLost,
  delayed,
  dropped,
  type Fault,
  failedEntry,
  hanging,
  internalError,
  noFault,
  oneIn,
  silent,
  throttled,
  truncated,
  wrongContentType,
} from '../tests/support/faults.ts';
import type { FaultyServer } from '../tests/support/faulty-server.ts';

export interface Outage {
  name: string;
  /** @default - nobody is there: every connection is reset */
  fault?: (server: FaultyServer) => Fault;
  /** How long, against the others. @default 1 */
  times?: number;
}

/** Longer than it usually takes and shorter than the function waits (function/src/limits.rs). */
const SLOW_MS = 500;

export const OUTAGES: readonly Outage[] = [
  { name: 'down' },
  { name: 'throttled', fault: () => throttled },
  { name: 'slow', fault: () => delayed(SLOW_MS) },
  { name: 'half-open', fault: () => hanging },
  { name: 'connections gone silent', fault: ({ connections }) => silent(connections) },
  { name: 'wrong content type', fault: () => wrongContentType },
  { name: 'truncated JSON', fault: () => truncated },
  {
    name: 'one bad answer in ten',
    fault: () => oneIn(10, inTurn(internalError, wrongContentType, truncated, dropped)),
  },
];

/** Of PutEvents alone. */
export const EVENT_BRIDGE_OUTAGES: readonly Outage[] = [
  ...OUTAGES,
  { name: 'entry not taken', fault: () => failedEntry('InternalFailure') },
  { name: 'answer lost', fault: () => answerLost },
  // Some webhooks have to be lost, and known to be.
  { name: 'down for longer than Genesys tries', times: 3 },
];

export async function inject(server: FaultyServer, { fault }: Outage, ms: number): Promise<void> {
  if (!fault) return gone(server, ms);
  server.fault = fault(server);
  await sleep(ms);
  server.fault = noFault;
}

/** The port stays taken, or one of the many outgoing connections here might take it. */
async function gone(server: FaultyServer, ms: number): Promise<void> {
  const port = Number(new URL(server.url).port);
  const stopped = server.stop();
  const resetting = createServer((socket) => socket.resetAndDestroy()).listen(port, '127.0.0.1');
  await stopped;
  await sleep(ms);
  resetting.close();
  await server.start();
}

function inTurn(...faults: readonly Fault[]): Fault {
  let calls = 0;
  return (call, answer) => (faults[calls++ % faults.length] ?? noFault)(call, answer);
}
