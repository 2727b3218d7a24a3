/**
 * Reads a captured request in one of two forms: as it goes over the wire (request line, headers, empty line, body; `#`
 * comments on top), or as the HTTP API's event JSON from a log (payload format 2.0).
 */
import { jsonObject } from './json.ts';

export interface CapturedRequest {
  method: string;
  path: string;
  /** Lower-case names; a repeated header's values joined with a comma, as an HTTP API hands them on. */
  headers: Record<string, string>;
  /** The body's bytes, base64 undone where the event says so. */
  body: Buffer;
}

/** The members that are read here ("Working with AWS Lambda proxy integrations for HTTP APIs"). */
interface HttpApiEvent {
  requestContext: { http?: { method?: unknown } };
  rawPath: unknown;
  headers: Record<string, unknown>;
  body: string | null;
  isBase64Encoded: boolean;
}

/** @throws Error if the bytes are neither form; the message quotes none of them. */
export function parseCapturedRequest(file: Buffer): CapturedRequest {
  return file.subarray(0, 1).toString() === '{' ? fromEvent(file.toString()) : fromWire(file);
}

function fromEvent(text: string): CapturedRequest {
  const event = jsonObject(text);
  if (!event)
    throw new Error(
      'the file starts like JSON and is none: save the whole event, or the request as it goes over the wire',
    );
  const { requestContext, rawPath, headers, body, isBase64Encoded } = event as Partial<HttpApiEvent>;
  const method = requestContext?.http?.method;
  if (typeof method !== 'string' || typeof rawPath !== 'string' || typeof (body ?? '') !== 'string')
    throw new Error('the file is JSON, but not an HTTP API event (payload format 2.0): save the whole event');
  return {
    method,
    path: rawPath,
    headers: lowerCase(Object.entries(headers ?? {})),
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

function fromWire(file: Buffer): CapturedRequest {
  // Latin-1 keeps one character a byte, so that offsets into the text are offsets into the file.
  const text = file.toString('latin1');
  const blank = /\r?\n\r?\n/.exec(text);
  const head = (blank ? text.slice(0, blank.index) : text)
    .split(/\r?\n/)
    .filter((line) => line && !line.startsWith('#'));
  const [, method, path] = /^([A-Z]+) (\S+)/.exec(head[0] ?? '') ?? [];
  if (!method || !path) {
    throw new Error('the file does not start with a request line such as "POST /webhook/genesys"');
  }
  const headers = head.slice(1).map((line): [string, string] => {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error('a header line has no colon: put one empty line between headers and body');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const joined = lowerCase(headers);
  const rest = blank ? text.slice(blank.index + blank[0].length) : '';
  // Without a length, the newline at the end is the editor's rather than the sender's.
  const length = joined['content-length'];
  const body = length ? rest.slice(0, Number(length)) : rest.replace(/\r?\n$/, '');
  return { method, path, headers: joined, body: Buffer.from(body, 'latin1') };
}

function lowerCase(headers: [string, unknown][]): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    joined[key] = key in joined ? `${joined[key]},${value}` : String(value);
  }
  return joined;
}
