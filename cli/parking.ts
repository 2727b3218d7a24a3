/** What waits in an instance's parking queue, and since when. */
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { STILL_PARKED } from '../contract/outcomes.ts';
import { type AwsConfig, sqsClient } from './aws.ts';
import { jsonObject } from './json.ts';
import type { Instance } from './stack.ts';

/** Long enough for a few tries of each webhook. */
const LOOK_BACK_MINUTES = 15;
/** A page may be empty where a log is busy: so many are enough for an answer while somebody waits. */
const MOST_PAGES = 20;

export interface Parking {
  /** Whether the instance has a parking queue. */
  on: boolean;
  /** As SQS counts, which is approximate; absent where the queue could not be read. */
  waiting?: number;
  inFlight?: number;
  /** When the oldest arrived of those that were tried of late in vain. */
  since?: Date;
  /** The `error_code` of the latest try. */
  errorCode?: string;
  /** What could not be read, and what mends it. */
  unreadable?: string;
}

/** Never fails: the secrets are worth a look without it. */
export async function readParking(instance: Instance, aws: AwsConfig): Promise<Parking> {
  if (!instance.parkingQueueUrl) return { on: false };
  let counts: { waiting: number; inFlight: number };
  try {
    counts = await count(instance.parkingQueueUrl, aws);
  } catch (error) {
    return { on: true, unreadable: unreadable('the queue', 'sqs:GetQueueAttributes', error) };
  }
  if (counts.waiting + counts.inFlight === 0) return { on: true, ...counts };
  try {
    return { on: true, ...counts, ...(await latestTries(instance, aws)) };
  } catch (error) {
    return {
      on: true,
      ...counts,
      unreadable: unreadable("the function's log", 'logs:FilterLogEvents', error),
    };
  }
}

/** The same for people: what there is, and what is wrong. Whoever can rotate the secret has to know. */
export function describeParking(
  { on, waiting, inFlight, since, errorCode, unreadable }: Parking,
  rotates: boolean,
): { facts: string[]; causes: string[] } {
  const fact = (text: string) => [`parking     ${text}`];
  if (!on) return { facts: fact('off'), causes: [] };
  if (waiting === undefined || inFlight === undefined) return { facts: fact(unreadable ?? ''), causes: [] };
  const all = waiting + inFlight;
  if (all === 0) return { facts: fact('nothing is parked'), causes: [] };
  const lately = `in the last ${LOOK_BACK_MINUTES} minutes`;
  const tries = since
    ? `the oldest tried ${lately} arrived ${since.toISOString()}${errorCode ? `, the last error was ${errorCode}` : ''}`
    : (unreadable ?? `none was tried ${lately}`);
  const what = all === 1 ? '1 webhook is parked' : `${all} webhooks are parked`;
  const details = `${since ? `, since ${since.toISOString()}` : ''}${errorCode ? ` (${errorCode})` : ''}`;
  return {
    facts: fact(`${waiting} waiting, ${inFlight} in flight; ${tries}`),
    causes: [
      `${what}${details}: docs/runbook.md#parking-backlog${rotates ? '; do not rotate meanwhile' : ''}`,
    ],
  };
}

async function count(QueueUrl: string, aws: AwsConfig) {
  // Not SQS's age of the oldest message: that leaves out messages received three times, which are the ones that matter.
  const { Attributes = {} } = await sqsClient(aws).send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return {
    waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
  };
}

/** What the function said of late of webhooks that it could not handle yet. */
async function latestTries({ logGroup, functionName }: Instance, aws: AwsConfig) {
  const pages = paginateFilterLogEvents(
    { client: new CloudWatchLogsClient(aws) },
    {
      logGroupName: logGroup,
      startTime: Date.now() - LOOK_BACK_MINUTES * 60_000,
      // Instances may share a log group.
      filterPattern: `{ $.function_name = "${functionName}" && $.outcome = "${STILL_PARKED}" }`,
    },
  );
  const tries: { at: number; arrived: number; errorCode: unknown }[] = [];
  let read = 0;
  for await (const { events = [] } of pages) {
    for (const { timestamp: at = 0, message = '' } of events) {
      const line = jsonObject(message);
      // An emulator need not know patterns.
      if (line?.outcome !== STILL_PARKED || line.function_name !== functionName) continue;
      tries.push({ at, arrived: at - Number(line.age_seconds ?? 0) * 1000, errorCode: line.error_code });
    }
    if (++read === MOST_PAGES) break;
  }
  const [oldest] = tries.toSorted((a, b) => a.arrived - b.arrived);
  const [latest] = tries.toSorted((a, b) => b.at - a.at);
  return {
    ...(oldest && { since: new Date(oldest.arrived) }),
    ...(typeof latest?.errorCode === 'string' && { errorCode: latest.errorCode }),
  };
}

export function unreadable(what: string, action: string, error: unknown): string {
  const { name } = error as Error;
  return `${what} cannot be read (${name})${name.startsWith('AccessDenied') ? `: allow ${action} on it` : ''}`;
}
