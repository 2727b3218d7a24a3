import { createHash, randomUUID } from 'node:crypto';
import type { Answer, Call } from './faults.ts';
import { FaultyServer, type Tls } from './faulty-server.ts';

/** Source: SQS quotas, "Message size" (1 MiB since January 2026). */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** What XML 1.0 cannot hold; SQS says nothing and replaces it. Source: SQS API reference, SendMessage. */
const OUTSIDE_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** A message, as an event source mapping hands it on. */
export interface Message {
  messageId: string;
  body: string;
  /** Milliseconds since the epoch. */
  sentAt: number;
}

/** SendMessage with SQS's own limits. Who handles the messages is up to the test. */
export class SqsStub extends FaultyServer {
  readonly messages: Message[] = [];

  constructor(tls?: Tls) {
    super(async (call) => this.#sendMessage(call), tls);
  }

  /** What the function is told for `PARKING_QUEUE_URL`. */
  get queueUrl(): string {
    return `${this.url}/123456789012/parking`;
  }

  #sendMessage(call: Call): Answer {
    const { QueueUrl, MessageBody }: Record<string, string> = JSON.parse(call.body.toString());
    if (QueueUrl !== this.queueUrl)
      return refusal('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue');
    if (!MessageBody || Buffer.byteLength(MessageBody) > MAX_MESSAGE_BYTES)
      return refusal('InvalidParameterValueException', 'InvalidParameterValue');
    const message = {
      messageId: randomUUID(),
      body: MessageBody.replace(OUTSIDE_XML, '\uFFFD'),
      sentAt: Date.now(),
    };
    this.messages.push(message);
    const MD5OfMessageBody = createHash('md5').update(message.body).digest('hex');
    return awsJson10(200, { MessageId: message.messageId, MD5OfMessageBody });
  }
}

/** The event of an event source mapping (Lambda developer guide, "Using Lambda with Amazon SQS"). */
export function sqsEvent(...messages: readonly Message[]) {
  return {
    Records: messages.map(({ messageId, body, sentAt }) => ({
      messageId,
      receiptHandle: randomUUID(),
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(sentAt),
        SenderId: 'AROAEXAMPLE:genesys-webhook',
        ApproximateFirstReceiveTimestamp: String(Date.now()),
      },
      messageAttributes: {},
      md5OfBody: createHash('md5').update(body).digest('hex'),
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:parking',
      awsRegion: 'eu-central-1',
    })),
  };
}

/** AWS JSON 1.0, as SQS speaks it, with the code of its older protocol in a header. */
function awsJson10(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/**
 * An error as SQS answers it. SDKs take the code of its older protocol for the error's (AWS JSON protocol, "awsQueryCompatible").
 *
 * @param type as its API's model has it
 */
export function refusal(type: string, code: string): Answer {
  const body = { __type: `com.amazonaws.sqs#${type}`, message: 'refused by the stub' };
  return awsJson10(400, body, { 'x-amzn-query-error': `${code};Sender` });
}
