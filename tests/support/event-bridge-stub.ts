import { randomUUID } from 'node:crypto';
import { type Answer, awsJson, type Call } from './faults.ts';
import { FaultyServer, type Tls } from './faulty-server.ts';

/** An entry as the request held it: `Detail` is the string itself, byte for byte. */
export interface Entry {
  Source?: string;
  DetailType?: string;
  Detail?: string;
  EventBusName?: string;
  Time?: number;
}

/** Of all entries together *less than* this. Source: EventBridge API reference, PutEvents (1 MB since January 2026). */
const MAX_REQUEST_BYTES = 1024 * 1024;

/** PutEvents with AWS's own checks, which the emulator lacks. */
export class EventBridgeStub extends FaultyServer {
  /** The entries that the bus took; a 200 is right for these alone. Replace `accept` where a million of them would be too many. */
  readonly entries: Entry[] = [];
  accept = (entry: Entry): void => {
    this.entries.push(entry);
  };

  constructor(tls?: Tls) {
    super(async (call) => this.#putEvents(call), tls);
  }

  #putEvents(call: Call): Answer {
    const { Entries: entries }: { Entries: Entry[] } = JSON.parse(call.body.toString());
    if (entries.length < 1 || entries.length > 10) return invalid('Entries must hold 1 to 10 members');
    if (entries.reduce((sum, entry) => sum + entrySize(entry), 0) >= MAX_REQUEST_BYTES) {
      return invalid('Total size of the entries in the request is over the limit.');
    }
    const results = entries.map((entry) => {
      const ErrorCode = refusalOf(entry);
      if (ErrorCode) return { ErrorCode, ErrorMessage: 'refused by the stub' };
      this.accept(entry);
      return { EventId: randomUUID() };
    });
    const FailedEntryCount = results.filter(({ ErrorCode }) => ErrorCode).length;
    return awsJson(200, { FailedEntryCount, Entries: results });
  }
}

/** As EventBridge counts it (user guide, "Calculating PutEvents event entry size"). */
function entrySize({ Source = '', DetailType = '', Detail = '', Time }: Entry): number {
  return (Time === undefined ? 0 : 14) + Buffer.byteLength(Source + DetailType + Detail);
}

/** The code of an entry that is refused inside a 200. */
function refusalOf({ Source, DetailType, Detail }: Entry): string | undefined {
  if (!Source || !DetailType || !Detail) return 'InvalidArgument';
  try {
    return /^\s*\{/.test(Detail) && JSON.parse(Detail) ? undefined : 'MalformedDetail';
  } catch {
    return 'MalformedDetail';
  }
}

function invalid(message: string): Answer {
  return awsJson(400, { __type: 'ValidationException', message });
}
