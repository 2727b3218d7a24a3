/** What can go wrong at an AWS endpoint: one vocabulary for the stubs and for the proxy in front of the emulator. */
import { setTimeout as sleep } from 'node:timers/promises';

/** An HTTP answer, before it is written. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** One call of an AWS API, read to its end. */
export interface Call {
  /** The operation, from `X-Amz-Target`: `GetSecretValue`, `PutEvents`, … */
  operation: string;
  /** Which of the server's TCP connections it came over: 1 for the first. */
  connection: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
}

/** Stands between a call and its true answer; resolves to `undefined` where the connection is to be cut. */
export type Fault = (call: Call, answer: () => Promise<Answer>) => Promise<Answer | undefined>;

/** AWS JSON 1.1, as Secrets Manager and EventBridge speak it. */
export function awsJson(status: number, body: object): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

export function awsError(status: number, code: string, message = `injected by the tests: ${code}`): Fault {
  return async () => awsJson(status, { __type: code, message });
}

export const noFault: Fault = (_, answer) => answer();

/** Secrets Manager and EventBridge throttle with a 400, not a 429. */
export const throttled = awsError(400, 'ThrottlingException', 'Rate exceeded');
export const internalError = awsError(500, 'InternalFailure');
export const accessDenied = awsError(400, 'AccessDeniedException');
export const decryptionFailure = awsError(400, 'DecryptionFailure');
export const resourceNotFound = awsError(400, 'ResourceNotFoundException');

/** Half-open: the request is read and never answered. */
export const hanging: Fault = () => new Promise(() => {});

/**
 * A path that no longer forwards the connections that stood when it began, those up to this number, and tells neither
 * end: their calls are read and never answered. Calls over newer connections are answered truly.
 */
export function silent(upTo: number): Fault {
  return (call, answer) => (call.connection <= upTo ? hanging(call, answer) : answer());
}

/** The connection closes before the call was carried out. */
export const dropped: Fault = async () => undefined;

/** The call is carried out and the connection closes: the caller cannot know. */
export const answerLost: Fault = async (_, answer) => void (await answer());

/** A captive portal's page, with status 200. */
export const wrongContentType: Fault = async () => ({
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<!doctype html><title>Welcome</title>'),
});

/** The call is carried out and half of the answer's JSON comes back. */
export const truncated: Fault = async (_, answer) => {
  const whole = await answer();
  return { ...whole, body: whole.body.subarray(0, whole.body.length / 2) };
};

export function delayed(ms: number, fault: Fault = noFault): Fault {
  return async (call, answer) => {
    await sleep(ms, undefined, { ref: false });
    return fault(call, answer);
  };
}

/** PutEvents answers 200, and the entry was not accepted. */
export function failedEntry(code: string): Fault {
  return async () =>
    awsJson(200, {
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: code, ErrorMessage: `injected by the tests: ${code}` }],
    });
}

/** The next call alone; those after it are answered truly. */
export function once(fault: Fault): Fault {
  let calls = 0;
  return (call, answer) => (++calls === 1 ? fault(call, answer) : answer());
}

/** The nth call of every n. */
export function oneIn(n: number, fault: Fault): Fault {
  let calls = 0;
  return (call, answer) => (++calls % n === 0 ? fault(call, answer) : answer());
}

/** For one operation alone; the others are answered truly. */
export function on(operation: string, fault: Fault): Fault {
  return (call, answer) => (call.operation === operation ? fault(call, answer) : answer());
}
