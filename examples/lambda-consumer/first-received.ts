/**
 * Tells repeats from new events. Two events are repeats if their keys are equal and their `receivedAt` lie within five
 * minutes of each other, however far apart they come.
 *
 * Time is cut into slots of five minutes, of which each holds the `receivedAt` of one event. Those of one slot are
 * repeats, and others can only be in the slot before or after. One transaction registers an event and looks at both.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';

export interface Metadata {
  readonly scheme: string;
  readonly dedupeKey: string;
  readonly receivedAt: string;
}

/** A webhook may be parked for 14 days before its event comes, and its repeat may not. */
export const KEPT_SECONDS = 15 * 24 * 60 * 60;

const WITHIN_MS = 5 * 60 * 1000;

const dynamoDb = new DynamoDBClient();

/**
 * The `receivedAt`, in milliseconds, of the first to come among an event and its repeats: its own if it is the first.
 *
 * An event within five minutes of two that are no repeats of each other counts as a repeat of one of them.
 *
 * @throws if repeats register at this moment again and again. Lambda then invokes again.
 */
export async function firstReceived(TableName: string, metadata: Metadata, attempts = 5): Promise<number> {
  const { scheme, dedupeKey, receivedAt } = metadata;
  const time = Date.parse(receivedAt);
  if (!dedupeKey || Number.isNaN(time))
    throw new Error('the event has no dedupeKey, or no time in receivedAt');

  const slot = Math.floor(time / WITHIN_MS);
  const id = (ofSlot: number) => ({ id: { S: JSON.stringify([scheme, dedupeKey, ofSlot]) } });
  const noRepeatIn = (ofSlot: number) => ({
    ConditionCheck: {
      TableName,
      Key: id(ofSlot),
      ConditionExpression: 'attribute_not_exists(id) OR NOT receivedAt BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':from': { N: String(time - WITHIN_MS) },
        ':to': { N: String(time + WITHIN_MS) },
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  });
  const register = {
    Put: {
      TableName,
      Item: {
        ...id(slot),
        receivedAt: { N: String(time) },
        expiration: { N: String(Math.round(Date.now() / 1000) + KEPT_SECONDS) },
      },
      ConditionExpression: 'attribute_not_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  };
  try {
    const TransactItems = [register, noRepeatIn(slot - 1), noRepeatIn(slot + 1)];
    await dynamoDb.send(new TransactWriteItemsCommand({ TransactItems }));
    return time;
  } catch (error) {
    // A condition that fails gives the item that it failed on.
    const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
    const first = reasons.find(({ Item }) => Item)?.Item?.receivedAt?.N;
    if (first !== undefined) return Number(first);
    // Another transaction on one of the items was under way. The SDK does not try again.
    if (attempts === 1 || !reasons.some(({ Code }) => Code === 'TransactionConflict')) throw error;
    await sleep(Math.random() * 100);
    return firstReceived(TableName, metadata, attempts - 1);
  }
}
