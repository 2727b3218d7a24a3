/** What Secrets Manager, EventBridge and SQS go through, one after the other or at once. */
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
import type { Extent } from './part.ts';

export type Service = 'Secrets Manager' | 'EventBridge' | 'SQS';

interface Failure {
  name: string;
  /** @default - nobody is there: every connection is reset */
  fault?: (server: FaultyServer) => Fault;
  onlyFull?: true;
}

/** What fails at once. */
export interface Outage {
  failures: readonly (readonly [Service, Failure])[];
  /** How long, against the others. @default 1 */
  times?: number;
  /** Whether requests meet new environments from its beginning on: the others have their secrets for a day. */
  isDeployed?: true;
}

/** Longer than it usually takes and shorter than the function waits (function/src/limits.rs). */
const SLOW_MS = 500;

const DOWN: Failure = { name: 'down' };
const FAILURES: readonly Failure[] = [
  DOWN,
  { name: 'throttled', fault: () => throttled, onlyFull: true },
  { name: 'slow', fault: () => delayed(SLOW_MS), onlyFull: true },
  { name: 'half-open', fault: () => hanging },
  { name: 'connections gone silent', fault: ({ connections }) => silent(connections) },
  { name: 'wrong content type', fault: () => wrongContentType, onlyFull: true },
  { name: 'truncated JSON', fault: () => truncated, onlyFull: true },
  {
    name: 'one bad answer in ten',
    fault: () => oneIn(10, inTurn(internalError, wrongContentType, truncated, dropped)),
  },
];
const ENTRY_NOT_TAKEN: Failure = { name: 'entry not taken', fault: () => failedEntry('InternalFailure') };
const ANSWER_LOST: Failure = { name: 'answer lost', fault: () => answerLost };

/** Longer than Genesys tries. */
const LONG = 4;

const OUTAGES: readonly Outage[] = [
  ...FAILURES.map((failure): Outage => ({ failures: [['Secrets Manager', failure]] })),
  ...[...FAILURES, ENTRY_NOT_TAKEN, ANSWER_LOST].map(
    (failure): Outage => ({ failures: [['EventBridge', failure]] }),
  ),
  // Nothing is asked of SQS but in an outage of another.
  ...[...FAILURES, ANSWER_LOST].map(
    (failure): Outage => ({
      failures: [
        ['SQS', failure],
        ['EventBridge', DOWN],
      ],
    }),
  ),
  down('SQS', 'Secrets Manager'),
  { ...down('EventBridge'), times: LONG },
  { ...down('Secrets Manager'), times: LONG },
  { ...down('EventBridge', 'Secrets Manager'), times: LONG },
  // Some webhooks have to be lost, and known to be.
  { ...down('EventBridge', 'SQS'), times: LONG },
];

function down(...services: readonly Service[]): Outage {
  return {
    failures: services.map((service) => [service, DOWN]),
    ...(services.includes('Secrets Manager') && { isDeployed: true }),
  };
}

export function outagesOf(extent: Extent): Outage[] {
  return OUTAGES.filter(
    ({ failures }) => extent === 'full' || !failures.some(([, { onlyFull }]) => onlyFull),
  );
}

export function nameOf({ failures, times = 1 }: Outage): string {
  const names = failures.map(([service, { name }]) => `${service} ${name}`).join(', ');
  return times > 1 ? `${names} for longer than Genesys tries` : names;
}

export function fails(service: Service, { failures }: Outage): boolean {
  return failures.some(([failing]) => failing === service);
}

/** Resolves once it is over. */
export async function inject(
  { failures }: Outage,
  servers: Readonly<Record<Service, readonly FaultyServer[]>>,
  ms: number,
): Promise<void> {
  const ends = failures.flatMap(([service, failure]) =>
    servers[service].map((one) => fail(one, failure, ms)),
  );
  await Promise.all(ends);
}

async function fail(server: FaultyServer, { fault }: Failure, ms: number): Promise<void> {
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
