import { randomUUID } from 'node:crypto';

/** A request as a test writes it down. */
export interface TestRequest {
  method?: string;
  path?: string;
  /** Names as written here: a real HTTP API lower-cases them. */
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** @default as AWS does: base64 for all but text, JSON, XML and JavaScript */
  base64?: boolean;
  sourceIp?: string;
  requestId?: string;
  /** Members of the event in place of those that the HTTP API makes: for what it never sends. */
  event?: object;
}

/** Content types whose bodies an HTTP API hands on as text (shared facts; ministack#766, middy#603). */
const AS_TEXT = /^(text\/|application\/(json|xml|javascript)\b)/i;

/** The event an HTTP API makes of a request, payload format 2.0 (API Gateway developer guide, "Lambda proxy integrations"). */
export function httpApiEvent(request: TestRequest) {
  const {
    method = 'POST',
    path = '/webhook/genesys',
    headers = {},
    body = '',
    requestId = randomUUID(),
  } = request;
  const contentType =
    Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const base64 = request.base64 ?? (body.length > 0 && !AS_TEXT.test(contentType));
  const routeKey = `ANY ${path}`;
  const now = new Date();
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'abcdefghij.execute-api.eu-central-1.amazonaws.com', ...headers },
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdefghij',
      domainName: 'abcdefghij.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'abcdefghij',
      http: {
        method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp ?? '203.0.113.7',
        userAgent: 'tests',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: Buffer.from(body).toString(base64 ? 'base64' : 'utf8') }),
    isBase64Encoded: base64,
    ...request.event,
  };
}
