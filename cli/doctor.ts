import { readFileSync } from 'node:fs';
import { SCHEME_NAMES, type Scheme } from '../contract/schemes.ts';
import { parseOptions } from './arguments.ts';
import { AWS_HELP, AWS_OPTIONS, type AwsConfig, awsConfig } from './aws.ts';
import { type CapturedRequest, parseCapturedRequest } from './captured-request.ts';
import { diagnose, type KnownSecrets } from './diagnose.ts';
import { readVersions, secretFromStdin } from './secret.ts';
import { examine, previousUntil } from './secret-causes.ts';
import { toScheme } from './send.ts';
import { type Instance, readStack } from './stack.ts';

export const DOCTOR_HELP = `npm run webhook -- doctor --stack NAME [--secret-stdin] [options]
npm run webhook -- doctor --request FILE (--stack NAME | --secret-id ID | --secret-stdin) [options]

For "we get 401s". The first looks at the secrets of a stack's instances; the second says where the verification of a
captured request fails. Never shows a secret or an expected signature. Exit status 0 where nothing was found.

  --stack NAME           such as GenesysWebhook or GenesysWebhook-prod
  --request FILE         request line, headers, empty line, body; or the event of the HTTP API as JSON
  --secret-stdin         compare with the secret that the sender holds (one line on standard input);
                         with --request: verify with it
  --secret-id ID         verify with the versions of this secret
  --secret-json-key KEY  the member of a JSON secret that holds it (default: as the function is configured)
  --scheme SCHEME        ${SCHEME_NAMES.join(', ')}
                         (default: each of the stack; with --request: that of the instance with the request's path; or form)
${AWS_HELP}`;

function parse(args: string[]) {
  return parseOptions(args, {
    ...AWS_OPTIONS,
    stack: { type: 'string' },
    request: { type: 'string' },
    scheme: { type: 'string' },
    'secret-id': { type: 'string' },
    'secret-json-key': { type: 'string' },
    'secret-stdin': { type: 'boolean' },
  });
}
type Options = ReturnType<typeof parse>;

/** @returns the exit status */
export async function doctor(args: string[]): Promise<number> {
  const options = parse(args);
  return options.request ? examineRequest(options.request, options) : examineStack(options);
}

async function examineStack(options: Options): Promise<number> {
  if (!options.stack) throw new Error('--stack or --request is missing: what is to be looked at?');
  const aws = awsConfig(options);
  const wanted = options.scheme && toScheme(options.scheme);
  const senders = options['secret-stdin'] ? await secretFromStdin() : undefined;
  const { instances } = await readStack(options.stack, aws);
  let found = 0;
  for (const { scheme, url, secretArn, env } of instances.filter(
    ({ scheme }) => !wanted || scheme === wanted,
  )) {
    const { facts, causes } = examine(await readVersions(secretArn, aws), scheme, env, senders);
    console.log(`\n${scheme}: ${url}\n  secret      ${secretArn}`);
    for (const fact of facts) console.log(`  ${fact}`);
    for (const cause of causes) console.log(`  ! ${cause}`);
    if (causes.length === 0)
      console.log("  nothing wrong to be seen; compare with the sender's copy by --secret-stdin");
    found += causes.length;
  }
  return found === 0 ? 0 : 1;
}

async function examineRequest(file: string, options: Options): Promise<number> {
  const request = parseCapturedRequest(readFileSync(file));
  const { scheme, ...secrets } = await knownSecrets(request, options);
  const { verifies, findings } = diagnose(request, scheme, secrets);
  console.log(`${scheme}: ${verifies ? 'the signature verifies' : 'the signature does not verify'}`);
  for (const finding of findings) console.log(`  ${verifies ? '-' : '!'} ${finding}`);
  return verifies ? 0 : 1;
}

async function knownSecrets(request: CapturedRequest, options: Options) {
  const aws = awsConfig(options);
  const instances = options.stack ? (await readStack(options.stack, aws)).instances : undefined;
  const scheme = options.scheme
    ? toScheme(options.scheme)
    : instances
      ? schemeAt(request.path, instances)
      : 'form';
  const instance = instances?.find((deployed) => deployed.scheme === scheme);
  return { scheme, ...(await secretsOf(instance, options, aws)) };
}

async function secretsOf(
  instance: Instance | undefined,
  options: Options,
  aws: AwsConfig,
): Promise<KnownSecrets> {
  const given = options['secret-json-key'];
  if (options['secret-stdin'])
    return { versions: [{ stage: 'the given secret', value: await secretFromStdin() }], jsonKey: given };
  const env = instance?.env ?? {};
  const secretId = options['secret-id'] ?? instance?.secretArn;
  if (!secretId) throw new Error('no secret to verify with: give --stack, --secret-id or --secret-stdin');
  const stored = await readVersions(secretId, aws);
  const versions = stored.versions.filter(({ value }) => value !== undefined);
  for (const { stage, unreadable } of stored.versions)
    if (unreadable) console.log(`! ${stage} ${unreadable}`);
  if (versions.length === 0) throw new Error('no version of the secret has a text value that can be read');
  const jsonKey = given ?? env.WEBHOOK_SECRET_JSON_KEY;
  return { versions, jsonKey, previousUntil: previousUntil(stored, env) };
}

function schemeAt(path: string, instances: Instance[]): Scheme {
  const [first, ...others] = instances;
  // A captured request line may hold a query string or a whole URL.
  const { pathname } = new URL(path, 'http://localhost');
  const found =
    others.length === 0 ? first : instances.find(({ url }) => new URL(url).pathname.endsWith(pathname));
  if (found) return found.scheme;
  const schemes = instances.map(({ scheme }) => scheme).join(', ');
  throw new Error(`the request's path is none of the stack's: give --scheme, which may be ${schemes}`);
}
