/** Webhooks of 1 KB with headers of 10 KB. */
import type { Scheme } from '../../contract/schemes.ts';
import { filled, forged, HEADERS_BYTES, type HttpApiEvent, type Shape, usual } from './shape.ts';

const NAME_CHARACTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"];
const TWO_LETTERS = NAME_CHARACTERS.flatMap((a) => NAME_CHARACTERS.map((b) => a + b));

export const PLAIN_HEADERS: Shape = {
  name: 'form: 1 KB of letters, signed',
  kind: 'headers',
  outcomes: ['accepted'],
  make: () => [usual('form')],
  brief: true,
};

export const HEADERS: readonly Shape[] = [
  { ...beside('headers of two letters', () => usual('form', tiny(':\r\n'))), brief: true },
  beside('one header of `x`', () => usual('form', { 'x-long': filled(HEADERS_BYTES, '', 'x') })),
  beside('one header of `"`', () => usual('form', { 'x-long': filled(HEADERS_BYTES, '', '"') })),
  beside('cookies', () => ({ ...usual('form'), cookies: new Array(HEADERS_BYTES / 'a;'.length).fill('a') })),
  beside('query parameters', () => ({
    ...usual('form'),
    rawQueryString: Object.keys(tiny('&')).join('&'),
    queryStringParameters: tiny('&'),
  })),
  { ...inPlace('form', 'signatures, joined', filled(HEADERS_BYTES, '', 'aa,')), brief: true },
  inPlace('form', 'one signature', filled(HEADERS_BYTES, '', 'aa')),
  inPlace('open-messaging', 'one signature', filled(HEADERS_BYTES, 'sha256=', 'AAAA')),
  inPlace('static-token', 'one token', filled(HEADERS_BYTES, '', 'x')),
];

function beside(made: string, make: () => HttpApiEvent): Shape {
  return { name: `10 KB of ${made}`, kind: 'headers', outcomes: ['accepted'], make: () => [make()] };
}

function inPlace(scheme: Scheme, made: string, credential: string): Shape {
  return {
    name: `${scheme}: 10 KB of ${made}`,
    kind: 'headers',
    scheme,
    outcomes: ['unauthorized'],
    make: () => [forged(scheme, credential)],
  };
}

/** As many names of two letters without a value as there is room for, each with what separates it from the next. */
function tiny(separator: string): Record<string, string> {
  const number = Math.floor(HEADERS_BYTES / (2 + separator.length));
  return Object.fromEntries(TWO_LETTERS.slice(0, number).map((name) => [name, '']));
}
