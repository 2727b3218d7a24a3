/** Says where the verification of a captured request fails, without ever naming a secret or an expected signature. */
import { createHmac } from 'node:crypto';
import { type Mac, SCHEME_NAMES, SCHEMES, type Scheme } from '../contract/schemes.ts';
import type { CapturedRequest } from './captured-request.ts';
import { brokenRule } from './payload-rules.ts';
import { type Presented, present, type Signature } from './presented.ts';
import { type SecretVersion, sharedSecret, unusable } from './secret.ts';
import { keyVariants, messageVariants, type PresentedTag, readSignature } from './variants.ts';

export interface Diagnosis {
  /** Whether the function would accept the request, as far as the request and the secrets say. */
  ok: boolean;
  /** Whether it would accept the signature. */
  verifies: boolean;
  /** What was found, most telling first. */
  findings: string[];
}

export interface KnownSecrets {
  /** AWSCURRENT first; each with a value. */
  versions: SecretVersion[];
  /** The member of a JSON value that holds the secret. */
  jsonKey?: string;
  /** When the grace of AWSPREVIOUS ends. @default - never */
  previousUntil?: Date;
}

const NOTHING_FITS =
  'no known mistake explains it: the sender holds another secret (compare it by `doctor --stack NAME --secret-stdin`), or the body was changed on its way';

/** With the payload, if one was found. */
type Verdict = Diagnosis & { message?: Buffer };

const fails = (...findings: string[]): Diagnosis => ({ ok: false, verifies: false, findings });

export function diagnose(captured: CapturedRequest, scheme: Scheme, secrets: KnownSecrets): Diagnosis {
  const body = insideBase64(captured.body);
  const request = { ...captured, body: body ?? captured.body };
  if (request.method !== 'POST') return fails(`the method is ${request.method}: a webhook is a POST`);
  if (request.body.length === 0) return fails('the body is empty');
  const { mac } = SCHEMES[scheme];
  const { verifies, findings, message } = mac
    ? verifySignatures(request, scheme, mac, secrets)
    : verifyToken(request, scheme, secrets);
  const broken = verifies && message && brokenRule(scheme, message);
  if (broken) findings.push(`the answer is 400 Invalid JSON payload: ${broken}`);
  if (body)
    findings.unshift(
      'the body is base64: decode it first, as isBase64Encoded says in the event of an HTTP API',
    );
  findings.push(...otherScheme(request, scheme));
  return { ok: verifies && !body && !broken, verifies: verifies && !body, findings };
}

/** A form or JSON, base64-encoded as events and logs hold it. */
function insideBase64(body: Buffer): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{16,}={0,2}$/.test(body.toString('latin1'))) return undefined;
  const inside = Buffer.from(body.toString('latin1'), 'base64');
  return /^(webhook=|signature=|\s*[{[])/.test(inside.toString('latin1')) ? inside : undefined;
}

function otherScheme({ headers }: CapturedRequest, scheme: Scheme): string[] {
  const own = SCHEMES[scheme].header;
  const others = SCHEME_NAMES.filter((other) => {
    const { header } = SCHEMES[other];
    return header !== own && headers[header];
  });
  return others.map(
    (other) => `it carries the header of ${other} and came to an instance of ${scheme}: is the URL right?`,
  );
}

function verifySignatures(
  request: CapturedRequest,
  scheme: Scheme,
  mac: Mac,
  secrets: KnownSecrets,
): Verdict {
  const presented = present(request, scheme);
  if (typeof presented === 'string') return fails(presented);
  const { message, signatures } = presented;
  const results = signatures.map((signature) => verifySignature(signature, scheme, mac, presented, secrets));
  const verifies = results.every((result) => result.verifies);
  const findings = results.flatMap((result, index) =>
    result.findings.map((text) => (results.length > 1 ? `${signatures[index]?.where}: ${text}` : text)),
  );
  if (!verifies && results.length > 1) findings.push('every signature that is presented has to be right');
  return { ok: verifies, verifies, findings, message };
}

function verifySignature(
  { value }: Signature,
  scheme: Scheme,
  mac: Mac,
  presented: Presented,
  secrets: KnownSecrets,
): Diagnosis {
  const signature = readSignature(value, mac);
  if (!signature)
    return fails(`the signature (${value.length} characters) is neither hex nor base64 of a digest`);
  const found = explain(signature, presented, secrets);
  const departures = [...signature.departures, ...(found?.departures ?? [NOTHING_FITS])];
  if (departures.length > 0 || !found) return fails(...departures, ...(found ? [signer(found.version)] : []));
  return accept(found.version, scheme, secrets);
}

/** The explanation with the fewest departures under which the signature is right. */
function explain(
  { algorithm, tag }: PresentedTag,
  presented: Presented,
  { versions, jsonKey }: KnownSecrets,
) {
  const messages = [...messageVariants(presented.message), ...presented.variants];
  let best: { departures: string[]; version: SecretVersion } | undefined;
  for (const version of versions) {
    for (const key of keyVariants(version, jsonKey)) {
      for (const message of messages) {
        const departures = [key.departure, message.departure].filter((departure) => departure !== undefined);
        if (best && best.departures.length <= departures.length) continue;
        const expected = createHmac(algorithm, key.value).update(message.value).digest();
        if (expected.equals(tag)) best = { departures, version };
      }
    }
  }
  return best;
}

/** How the function judges the right signature of a version. */
function accept(version: SecretVersion, scheme: Scheme, { jsonKey, previousUntil }: KnownSecrets): Diagnosis {
  const { stage, value = '' } = version;
  const flaw = unusable(sharedSecret(value, jsonKey) ?? '', scheme);
  if (flaw) return fails(`${stage} ${flaw}`, signer(version));
  if (stage === 'AWSPREVIOUS' && previousUntil && Date.now() >= previousUntil.getTime())
    return fails(
      'the grace of AWSPREVIOUS is over (PREVIOUS_SECRET_GRACE_SECONDS): put the current secret into the sender',
      signer(version),
    );
  return { ok: true, verifies: true, findings: [signer(version)] };
}

function signer({ stage, versionId }: SecretVersion): string {
  const notes: Record<string, string> = {
    AWSPREVIOUS: ': the sender still has the secret from before the rotation',
    AWSPENDING: ': it verifies as long as the label stands',
  };
  return `signed with ${stage}${versionId ? `, version ${versionId}` : ''}${notes[stage] ?? ''}`;
}

function verifyToken({ headers, body }: CapturedRequest, scheme: Scheme, secrets: KnownSecrets): Verdict {
  const { versions, jsonKey } = secrets;
  const { header } = SCHEMES[scheme];
  const token = headers[header];
  const known = versions.flatMap((version) =>
    keyVariants(version, jsonKey).map(({ value, departure }) => ({
      version,
      token: value.toString(),
      departure,
    })),
  );
  const match = (text: string) =>
    known.find((candidate) => candidate.token !== '' && candidate.token === text);
  const bare = (text: string) => text.replace(/^\w+ /, '').replace(/^"(.*)"$/, '$1');
  if (!token) {
    const elsewhere = Object.entries(headers).find(([, value]) => match(bare(value)))?.[0];
    return fails(
      elsewhere
        ? `the token came in the header ${elsewhere}: send it in ${header}`
        : `the header ${header} is missing or empty`,
    );
  }
  const found = match(token);
  if (found?.departure) return fails(found.departure, signer(found.version));
  if (found) return { ...accept(found.version, scheme, secrets), message: body };
  if (token.split(/,\s*/).some(match)) return fails(`the header ${header} came more than once: send it once`);
  if (match(bare(token))) return fails('the token has a word or quotes around it: send the token alone');
  const secret = sharedSecret(versions[0]?.value ?? '', jsonKey) ?? '';
  if (secret.toLowerCase() === token.toLowerCase())
    return fails('the token is right but for upper and lower case');
  return fails(`the token (${token.length} characters; the secret has ${secret.length}) is another one`);
}
