/** What API Gateway makes of odd requests, and events that it would never make. */
import { signWebhook } from '../../cli/signing.ts';
import { httpApiEvent } from '../../tests/support/http-api-event.ts';
import { formEvent, type Input, SECRET } from './input.ts';

const METHODS = ['GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'post', 'BREW'];
const CONTENT_TYPES = [
  '',
  'text/plain',
  'application/json',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded; charset=iso-8859-1',
];
const HEADERS: readonly (readonly [string, string])[] = [
  ['x-forwarded-proto', 'https, http'],
  ['x-forwarded-for', '"><script>'],
  ['host', 'a b'],
  ['user-agent', '{"level":"ERROR"}'],
  ['x-city', 'São Paulo'],
  ['cookie', 'a'.repeat(4_096)],
  ['content-length', '-1'],
];
const NO_BASE64 = ['***', 'a', 'YQ', 'YQ==YQ==', '='];
const OTHER_EVENTS = [
  'null',
  '1',
  '"text"',
  '[]',
  '{}',
  '{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}',
  '{"version":"1.0","httpMethod":"POST","headers":{},"body":"{}"}',
  '{"requestContext":{"elb":{}}}',
  '{"requestContext":{"http":{"method":"POST"}},"headers":[]}',
];
const OTHER_VALUES = [null, 1, -1.5, true, 'text', [], {}];

export const EVENTS: readonly Input[] = [
  {
    kind: 'other methods',
    answers: [405],
    make: (random) => formEvent('webhook=1', { method: random.pick(METHODS) }),
  },
  {
    kind: 'a signed form under another content type',
    answers: [200],
    make: (random) => formEvent(signed().body, { headers: { 'content-type': random.pick(CONTENT_TYPES) } }),
  },
  {
    kind: 'a signed form with headers that no URL and no log should meet',
    answers: [200],
    make: (random) => formEvent(signed().body, { headers: Object.fromEntries([random.pick(HEADERS)]) }),
  },
  {
    kind: 'a body that is not the base64 it claims to be',
    answers: [500],
    make: (random) => ({ ...formEvent('webhook=1'), body: random.pick(NO_BASE64) }),
  },
  {
    kind: 'events of other services, or of none',
    answers: [500],
    make: (random) => random.pick(OTHER_EVENTS),
  },
  {
    kind: 'a signed form in an event with a member of another type',
    answers: [200, 400, 401, 405, 500],
    make: (random) => {
      const event = httpApiEvent(signed());
      return { ...event, [random.pick(Object.keys(event))]: random.pick(OTHER_VALUES) };
    },
  },
];

function signed() {
  return signWebhook('form', '{}', SECRET);
}
