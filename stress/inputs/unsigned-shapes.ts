/** Forms that anyone can send. */
import type { Outcome } from '../../contract/outcomes.ts';
import { formEvent, TAG } from './input.ts';
import { BODY_BYTES, filled, type Shape, sizes, TEXT_BYTES } from './shape.ts';

const FORGED = `webhook=1&signature=${TAG}&`;
const FORGED_END = `&signature=${TAG}`;

export const UNSIGNED: readonly Shape[] = [
  ...['&', 'a&', 'a=b&'].map((field) =>
    form(`\`${field}\``, 'malformed_request', () => filled(BODY_BYTES, '', field)),
  ),
  ...['&', '%61=%62&', '%77%65%62%68%6F%6F%6A=&'].map(around),
  ...['a&', 'a=b&'].map(around).map(brief),
  ...['x', '+', '%', '%F0%9F%98%80'].map(inside),
  brief(inside('%22')),
  form('`x` in one name', 'malformed_request', () => filled(BODY_BYTES, '', 'x')),
  form('`%C3%A9`, and a byte that is not UTF-8', 'unauthorized', () =>
    filled(BODY_BYTES, 'webhook=', '%C3%A9', `%FF${FORGED_END}`),
  ),
  form('`%22` in two webhooks', 'malformed_request', () => {
    const half = filled((BODY_BYTES - FORGED_END.length) / 2, 'webhook=', '%22', '&');
    return half + half + FORGED_END;
  }),
  form('`00` in a signature', 'unauthorized', () => filled(BODY_BYTES, 'webhook=1&signature=', '00')),
  text('3.5 MiB of `a&` as text', 'malformed_request', () => filled(BODY_BYTES, '', 'a&')),
  // The event's JSON escapes text: a quote takes two bytes, a control character six.
  brief(text('3 MB of `"` as text', 'malformed_request', () => filled(TEXT_BYTES / 2, '', '"'))),
  text('1 MB of `\\u0001` as text', 'malformed_request', () => filled(TEXT_BYTES / 6, '', '\u0001')),
  text('6 MB of `x` and a quote as text', 'body_too_large', () => filled(TEXT_BYTES - 1, '', 'x', '"')),
  {
    name: 'sizes up to 3.5 MiB of `%22` in a forged webhook',
    kind: 'sizes',
    outcomes: ['unauthorized'],
    make: () => sizes(BODY_BYTES).map((bytes) => formEvent(filled(bytes, 'webhook=', '%22', FORGED_END))),
  },
  {
    name: 'sizes up to 6 MB of `x` and a quote as text',
    kind: 'sizes',
    outcomes: ['malformed_request', 'body_too_large'],
    make: () => sizes(TEXT_BYTES - 1).map((bytes) => asText(filled(bytes, '', 'x', '"'))),
  },
];

function around(field: string): Shape {
  return form(`\`${field}\` around a forged webhook`, 'unauthorized', () => {
    const half = filled((BODY_BYTES - FORGED.length) / 2, '', field);
    return half + FORGED + half;
  });
}

function inside(text: string): Shape {
  return form(`\`${text}\` in a forged webhook`, 'unauthorized', () =>
    filled(BODY_BYTES, 'webhook=', text, FORGED_END),
  );
}

function brief(shape: Shape): Shape {
  return { ...shape, brief: true };
}

function form(made: string, outcome: Outcome, body: () => string): Shape {
  return { name: `3.5 MiB of ${made}`, kind: 'body', outcomes: [outcome], make: () => [formEvent(body())] };
}

function text(name: string, outcome: Outcome, body: () => string): Shape {
  return { name, kind: 'event', outcomes: [outcome], make: () => [asText(body())] };
}

/** The sender chooses the content type, and with it whether API Gateway encodes the body. */
function asText(body: string) {
  return formEvent(body, { headers: { 'content-type': 'text/plain' } });
}
