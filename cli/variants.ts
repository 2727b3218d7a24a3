/** The mistakes of senders and of what lies between, as transformations whose results can be tried. */
import type { Mac } from '../contract/schemes.ts';
import { jsonObject } from './json.ts';
import { type SecretVersion, sharedSecret } from './secret.ts';

/** A value, or what a sender may have used instead; `departure` then says how it differs. */
export interface Variant<T> {
  value: T;
  departure?: string;
}

/** The key of a version, then what a sender may hold instead. */
export function keyVariants(
  { value: stored = '' }: SecretVersion,
  jsonKey?: string,
): Variant<string | Buffer>[] {
  const secret = sharedSecret(stored, jsonKey);
  const members = Object.entries(jsonObject(stored) ?? {}).filter(([name]) => name !== jsonKey);
  const instead: [string, string | Buffer | undefined][] = [
    ['the sender signs with an empty secret', ''],
    [
      "the stored secret has white space at its ends which the sender's copy lacks: store it without",
      secret?.trim(),
    ],
    ["the sender's copy of the secret ends in a newline", secret && `${secret}\n`],
    ["the sender's copy of the secret ends in a carriage return and a newline", secret && `${secret}\r\n`],
    ["the sender's copy of the secret ends in a space", secret && `${secret} `],
    ["the sender's copy of the secret is in quotes", secret && `"${secret}"`],
    [
      'the sender decodes the secret from hex, and uses the bytes as the key',
      secret && Buffer.from(secret, 'hex'),
    ],
    [
      'the sender decodes the secret from base64, and uses the bytes as the key',
      secret && Buffer.from(secret, 'base64'),
    ],
    ['the sender signs with the whole JSON value instead of one member', jsonKey ? stored : undefined],
    ...members.map(([name, member]): [string, string | undefined] => [
      `the sender signs with the JSON member "${name}": set WEBHOOK_SECRET_JSON_KEY to it`,
      typeof member === 'string' ? member : undefined,
    ]),
  ];
  return withoutRepeats(secret, instead);
}

/** The signed bytes, then what a sender may have signed instead, or what may have happened to them on the way. */
export function messageVariants(message: Buffer): Variant<string | Buffer>[] {
  const text = message.toString();
  const written = (how: string) =>
    `the JSON was written again (${how}) before or after it was signed: sign and send the same bytes`;
  const json = parsed(text);
  const compact = writtenAs(json, (value) => JSON.stringify(value));
  const ascii = compact?.replace(
    /[\u0080-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return withoutRepeats(message, [
    [written('without white space'), compact],
    [written('non-ASCII characters escaped'), ascii],
    [written('slashes and non-ASCII characters escaped, as PHP does'), ascii?.replaceAll('/', '\\/')],
    [written('with spaces, as Python does'), writtenAs(json, (value) => spaced(value))],
    [
      written('with spaces and non-ASCII characters kept, as Python may'),
      writtenAs(json, (value) => spaced(value, false)),
    ],
    [written('indented by 2'), writtenAs(json, (value) => JSON.stringify(value, null, 2))],
    [written('indented by 4'), writtenAs(json, (value) => JSON.stringify(value, null, 4))],
    ['white space at the ends was not signed', text.trim()],
    ['a newline at the end was signed and not sent', `${text}\n`],
    ['a carriage return and a newline at the end were signed and not sent', `${text}\r\n`],
    ['line ends were changed from LF to CRLF', text.replaceAll(/\r?\n/g, '\r\n')],
    ['line ends were changed from CRLF to LF', text.replaceAll('\r\n', '\n')],
    ['the text was signed in Latin-1, or encoded as UTF-8 once more after that', Buffer.from(text, 'latin1')],
    ['the text was encoded as UTF-8 twice before it was signed', Buffer.from(message.toString('latin1'))],
  ]);
}

/** What a sender of forms may have signed instead of the decoded field. */
export function formVariants(bytes: Buffer, webhook: string): Variant<string | Buffer>[] {
  const body = bytes.toString();
  const field = /(?:^|&)webhook=([^&]*)/;
  const encoded = field.exec(body)?.[1];
  const unescaped = field
    .exec(bytes.toString('latin1'))?.[1]
    ?.replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return withoutRepeats(undefined, [
    ['a real + was sent unescaped, and means a space in a form: send it as %2B', encoded && decoded(encoded)],
    ['the value was signed after percent-encoding: sign the JSON before it', encoded],
    ['the whole body was signed instead of the decoded webhook field', body.replace(/&signature=[^&]*$/, '')],
    ['the whole field was signed, its name included', encoded && `webhook=${encoded}`],
    ['the value was percent-encoded twice', decoded(webhook)],
    [
      'the value is not UTF-8, and its bytes were signed instead of its text (U+FFFD in their place)',
      unescaped && Buffer.from(unescaped, 'latin1'),
    ],
  ]);
}

export interface PresentedTag {
  algorithm: 'sha256' | 'sha1' | 'sha512';
  tag: Buffer;
  departures: string[];
}

const ALGORITHMS = { 20: 'sha1', 32: 'sha256', 64: 'sha512' } as const;

/** Reads a signature in whatever encoding it came; `undefined` where it is none. */
export function readSignature(signature: string, due: Mac): PresentedTag | undefined {
  const bare = signature.trim().replace(/^"(.*)"$/, '$1');
  const [, prefix = '', digest = ''] = /^([\w-]+=)?([^=]+={0,2})$/.exec(bare) ?? [];
  const encoding = /^[0-9a-f]+$/i.test(digest) && digest.length % 8 === 0 ? 'hex' : 'base64';
  const tag = Buffer.from(digest, encoding === 'hex' ? 'hex' : 'base64');
  const algorithm = ALGORITHMS[tag.length as keyof typeof ALGORITHMS];
  if (!algorithm || !/^[\w+/-]+={0,2}$/.test(digest)) return undefined;
  const standard = digest.replaceAll('-', '+').replaceAll('_', '/');
  const departures: [boolean, string][] = [
    [bare !== signature, 'the signature has white space or quotes around it'],
    [prefix !== '' && prefix !== due.prefix, `${named(prefix)} does not belong there`],
    [prefix === '' && due.prefix !== '', `the prefix ${due.prefix} is missing`],
    [algorithm !== 'sha256', `the digest is an HMAC-${algorithm.toUpperCase()}, where HMAC-SHA256 is due`],
    [encoding !== due.encoding, `the digest is in ${encoding}, where ${due.encoding} is due`],
    [
      encoding === 'base64' && /[-_]/.test(digest),
      'the digest is in URL-safe base64, where the standard alphabet is due',
    ],
    [encoding === 'base64' && digest.length % 4 !== 0, 'the padding (=) of the base64 is missing'],
    [
      encoding === 'base64' && !tag.toString('base64').startsWith(standard),
      'the last digit of the base64 carries bits that have to be zero',
    ],
  ];
  return { algorithm, tag, departures: departures.flatMap(([isSo, departure]) => (isSo ? [departure] : [])) };
}

/** The text before the `=` may be part of a secret, so it is named only if it looks like a digest or a version. */
function named(prefix: string): string {
  return /^(sha|hmac|md5|v)[\w-]{0,8}=$/i.test(prefix) ? `the prefix ${prefix}` : 'a prefix';
}

/** Drops `undefined`, and what equals the right value or an earlier one. */
function withoutRepeats(
  right: string | Buffer | undefined,
  instead: [string, string | Buffer | undefined][],
): Variant<string | Buffer>[] {
  const variants: Variant<string | Buffer>[] = right === undefined ? [] : [{ value: right }];
  const bytes = (value: string | Buffer) => Buffer.from(value as string).toString('latin1');
  const seen = new Set(variants.map(({ value }) => bytes(value)));
  for (const [departure, value] of instead) {
    if (value === undefined || seen.has(bytes(value))) continue;
    seen.add(bytes(value));
    variants.push({ value, departure });
  }
  return variants;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** API Gateway takes requests of up to 10 MB, so nobody signs more. Deep nesting, indented, would reach a hundred MB. */
const LONGEST_WRITTEN = 10_000_000;

/**
 * A JSON value as some sender writes it. `undefined` if there is none, or if it is nested too deeply: `JSON.parse` reads
 * any depth, but writing takes one call per level.
 */
function writtenAs(json: unknown, write: (value: unknown) => string): string | undefined {
  if (json === undefined) return undefined;
  try {
    const text = write(json);
    return text.length > LONGEST_WRITTEN ? undefined : text;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** As Python's `json.dumps` writes it. */
function spaced(value: unknown, asciiOnly = true): string {
  if (Array.isArray(value)) return `[${value.map((item) => spaced(item, asciiOnly)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, item]) => `${spaced(name, asciiOnly)}: ${spaced(item, asciiOnly)}`,
    );
    return `{${members.join(', ')}}`;
  }
  return asciiOnly ? escaped(JSON.stringify(value)) : JSON.stringify(value);
}

function escaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
