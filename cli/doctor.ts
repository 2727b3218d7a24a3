import { readFileSync } from 'node:fs';
import { SCHEME_NAMES, type Scheme } from '../contract/schemes.ts';
import { UsageError, type Values } from './arguments.ts';
import { AWS_OPTIONS, type AwsConfig, awsConfig } from './aws.ts';
import { type CapturedRequest, parseCapturedRequest } from './captured-request.ts';
import { command, JSON_OPTION } from './command.ts';
import { type Diagnosis, diagnose, type KnownSecrets } from './diagnose.ts';
import { describeParking, type Parking, readParking, unreadable } from './parking.ts';
import { examineRotation } from './rotation.ts';
import { readVersions, secretFromStdin } from './secret.ts';
import { examine, previousUntil, type SecretReport } from './secret-causes.ts';
import { toScheme } from './send.ts';
import { type Instance, readStack, STACK_OPTION } from './stack.ts';

const OPTIONS = {
  stack: STACK_OPTION,
  request: {
    type: 'string',
    placeholder: 'FILE',
    description: 'Request line, headers, empty line, body; or the event of the HTTP API as JSON',
  },
  'secret-stdin': {
    type: 'boolean',
    description:
      'Compare with the secret that the sender holds (one line on standard input); with --request: verify with it',
  },
  'secret-id': { type: 'string', placeholder: 'ID', description: 'Verify with the versions of this secret' },
  'secret-json-key': {
    type: 'string',
    placeholder: 'KEY',
    description: 'Member of a JSON secret that holds it',
    otherwise: 'as the function is configured',
  },
  scheme: {
    type: 'string',
    placeholder: 'SCHEME',
    description: `One of ${SCHEME_NAMES.join(', ')}; without it, each of the stack, or with --request that of the instance with the request's path, or form`,
  },
  json: JSON_OPTION,
  ...AWS_OPTIONS,
} as const;
type Given = Values<typeof OPTIONS>;

/** What `doctor --stack --json` prints: what there is of each instance's secret, what is parked, and what may be wrong. */
interface StackResult {
  ok: boolean;
  instances: ({ scheme: Scheme; url: string; secretArn: string; parking: Parking } & SecretReport)[];
}

/** What `doctor --request --json` prints. */
type RequestResult = { scheme: Scheme } & Diagnosis;

export const doctor = command({
  name: 'doctor',
  summary: 'Find out why webhooks are answered with 401',
  usage: ['--stack NAME [--secret-stdin] [options]', '--request FILE [options]'],
  description:
    'For "we get 401s". The first looks at the secrets of a stack\'s instances, and says whether webhooks are parked and since when, and where a rotation stands half-way. The second says where the verification of a captured request fails, with the secrets of --stack, --secret-id or --secret-stdin. Never shows a secret or an expected signature.',
  options: OPTIONS,
  examples: [
    'genesys-webhook doctor --stack GenesysWebhook',
    'pass genesys | genesys-webhook doctor --stack GenesysWebhook --secret-stdin',
    'genesys-webhook doctor --request captured.txt --stack GenesysWebhook',
  ],
  statuses: ['Nothing wrong was found', 'A cause was found, webhooks are parked, or the request is refused'],
  work: (values): Promise<StackResult | RequestResult> =>
    values.request ? examineRequest(values.request, values) : examineStack(values),
  text: (result) => ('instances' in result ? stackText(result) : requestText(result)),
});

async function examineStack(options: Given): Promise<StackResult> {
  if (!options.stack) throw new UsageError('--stack or --request is missing: what is to be looked at?');
  const aws = awsConfig(options);
  const wanted = options.scheme && toScheme(options.scheme);
  const senders = options['secret-stdin'] ? await secretFromStdin() : undefined;
  const { instances: deployed } = await readStack(options.stack, aws);
  if (wanted && !deployed.some(({ scheme }) => scheme === wanted))
    throw new UsageError(`the stack has no instance of ${wanted}`);
  const instances: StackResult['instances'] = [];
  for (const instance of deployed.filter(({ scheme }) => !wanted || scheme === wanted)) {
    const { scheme, url, secretArn, env } = instance;
    const parking = await readParking(instance, aws);
    // In the outage that has webhooks parked, it may be the secret that cannot be read.
    const secret = await readVersions(secretArn, aws).then(
      async (stored) => {
        const { facts, causes } = examine(stored, scheme, env, senders);
        const rotation = await examineRotation(instance, stored, aws);
        return { facts: [...facts, ...rotation.facts], causes: [...causes, ...rotation.causes] };
      },
      (error: unknown) => ({
        facts: [],
        causes: [unreadable('the secret', 'secretsmanager:DescribeSecret', error)],
      }),
    );
    const parked = describeParking(parking, instance.rotation !== undefined);
    instances.push({
      scheme,
      url,
      secretArn,
      parking,
      facts: [...secret.facts, ...parked.facts],
      causes: [...secret.causes, ...parked.causes],
    });
  }
  return { ok: instances.every(({ causes }) => causes.length === 0), instances };
}

function stackText({ instances }: StackResult): string {
  const blocks = instances.map(({ scheme, url, secretArn, facts, causes }) => {
    const found =
      causes.length === 0
        ? ["nothing wrong to be seen; compare with the sender's copy by --secret-stdin"]
        : causes.map((cause) => `! ${cause}`);
    return [`${scheme}: ${url}`, `secret      ${secretArn}`, ...facts, ...found].join('\n  ');
  });
  return blocks.join('\n\n');
}

async function examineRequest(file: string, options: Given): Promise<RequestResult> {
  const request = parseCapturedRequest(readFileSync(file));
  const { scheme, unreadable: flawed = [], ...secrets } = await knownSecrets(request, options);
  const { ok, verifies, findings } = diagnose(request, scheme, secrets);
  return { ok, scheme, verifies, findings: [...findings, ...flawed] };
}

function requestText({ scheme, verifies, findings }: RequestResult): string {
  const verdict = `${scheme}: ${verifies ? 'the signature verifies' : 'the signature does not verify'}`;
  return [verdict, ...findings.map((finding) => `${verifies ? '-' : '!'} ${finding}`)].join('\n  ');
}

async function knownSecrets(request: CapturedRequest, options: Given) {
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
  options: Given,
  aws: AwsConfig,
): Promise<KnownSecrets & { unreadable?: string[] }> {
  const given = options['secret-json-key'];
  if (options['secret-stdin'])
    return { versions: [{ stage: 'the given secret', value: await secretFromStdin() }], jsonKey: given };
  const env = instance?.env ?? {};
  const secretId = options['secret-id'] ?? instance?.secretArn;
  if (!secretId)
    throw new UsageError('no secret to verify with: give --stack, --secret-id or --secret-stdin');
  const stored = await readVersions(secretId, aws);
  const versions = stored.versions.filter(({ value }) => value !== undefined);
  const unreadable = stored.versions.flatMap((version) =>
    version.unreadable ? [`${version.stage} ${version.unreadable}`] : [],
  );
  if (versions.length === 0)
    throw new Error(['no version of the secret has a text value that can be read', ...unreadable].join('\n'));
  const jsonKey = given ?? env.WEBHOOK_SECRET_JSON_KEY;
  return { versions, jsonKey, previousUntil: previousUntil(stored, env), unreadable };
}

function schemeAt(path: string, instances: Instance[]): Scheme {
  const [first, ...others] = instances;
  // A captured request line may hold a query string or a whole URL.
  const { pathname } = new URL(path, 'http://localhost');
  const found =
    others.length === 0 ? first : instances.find(({ url }) => new URL(url).pathname.endsWith(pathname));
  if (found) return found.scheme;
  const schemes = instances.map(({ scheme }) => scheme).join(', ');
  throw new UsageError(`the request's path is none of the stack's: give --scheme, which may be ${schemes}`);
}
