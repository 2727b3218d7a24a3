/** `doctor` and `smoke` as processes, on stacks and captured requests: what they print, and what they must not. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import { OUTCOMES, STILL_PARKED } from '../../contract/outcomes.ts';
import type { Scheme } from '../../contract/schemes.ts';
import { type Answer, awsJson, type Call } from '../support/faults.ts';
import { FaultyServer } from '../support/faulty-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { webhookCommand } from './webhook-command.ts';

const SECRET = 'a-secret-of-more-than-32-characters';
const PREVIOUS = 'the-previous-secret-0123456789abcdef';
const FORM = { WebhookUrl: 'https://a.example/webhook/genesys', SecretArn: 'arn:a', FunctionName: 'a' };
const HUB = {
  OpenMessagingWebhookUrl: 'https://b.example/webhook/open-messaging',
  OpenMessagingSecretArn: 'arn:b',
  OpenMessagingFunctionName: 'b',
};

const ROTATES = {
  RotationFunctionName: 'r',
  RotationLogGroupName: '/rotation',
  OAuthSecretArn: 'arn:o',
};

interface Stack {
  outputs: Record<string, string>;
  /** Configuration of its functions. */
  env?: Record<string, string>;
  /** What DescribeSecret says. */
  secret?: object;
  /** A value by version id, or the error of GetSecretValue. */
  values?: Record<string, string | { __type: string }>;
  /** What its webhooks are answered with. */
  answer?: object;
  /** What GetQueueAttributes says, or its error. */
  queue?: Record<string, string> | { __type: string };
  /** Pages of the log, oldest first, or the error of FilterLogEvents. */
  log?: LogEvent[][] | { __type: string };
}

interface LogEvent {
  timestamp: number;
  message: string;
}

const current = { VersionIdsToStages: { v2: ['AWSCURRENT'] }, LastChangedDate: 1_700_000_000 };
const scheduled = {
  ...current,
  RotationEnabled: true,
  LastRotatedDate: Date.now() / 1000 - 3.5 * 86_400,
  NextRotationDate: Date.parse('2040-02-01') / 1000,
};
const begun = { ...scheduled, VersionIdsToStages: { v2: ['AWSCURRENT'], v3: ['AWSPENDING'] } };
const form: Stack = { outputs: FORM, secret: current, values: { v2: SECRET } };
const hub = { ...form, outputs: HUB };
const both = { ...form, outputs: { ...FORM, ...HUB } };
const parking: Stack = {
  ...form,
  outputs: { ...FORM, LogGroupName: '/log', ParkingQueueUrl: 'https://sqs.example/1/parking' },
  queue: { ApproximateNumberOfMessages: '2', ApproximateNumberOfMessagesNotVisible: '1' },
};
/** The line of a webhook that could not be handled, tried at this time of one morning. */
const tried = (time: string, age_seconds: number, error_code: string, function_name = 'a'): LogEvent => ({
  timestamp: Date.parse(`2026-10-01T${time}Z`),
  message: JSON.stringify({ outcome: STILL_PARKED, parked: true, age_seconds, error_code, function_name }),
});
/** The oldest is on the second page, and so is the latest try. */
const TRIES = [
  [tried('10:00:00', 60, 'ThrottlingException'), tried('10:00:00', 9999, 'Other', 'b')],
  [{ timestamp: 0, message: 'START' }, tried('10:01:00', 600, 'InternalFailure')],
];
const EMPTY = { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' };
const AccessDenied = { __type: 'AccessDeniedException' };
const failing = (__type: string): Given => ({ stack: { ...form, values: { v2: { __type } } } });
const ROTATED = { VersionIdsToStages: { v2: ['AWSCURRENT', 'AWSPENDING'], v1: ['AWSPREVIOUS'] } };
const rotated = (env = {}): Stack => ({
  outputs: FORM,
  env,
  secret: { ...ROTATED, LastChangedDate: Date.now() / 1000 - 60 },
  values: { v2: SECRET, v1: PREVIOUS },
});

/** A captured request, as it goes over the wire. */
function wire(scheme: Scheme, secret: string, path = '/webhook/genesys'): Buffer {
  const { headers, body } = signWebhook(scheme, '{}', secret);
  const lines = Object.entries({ ...headers, 'content-length': body.length }).map((pair) => pair.join(': '));
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\n${lines.join('\n')}\n\n`), body]);
}

interface Given {
  command?: 'smoke';
  file?: Buffer | string;
  stack?: Stack;
  stdin?: string;
  args?: string[];
}

const VERIFIES = /^form: the signature verifies/;
const HUB_VERIFIES = /^open-messaging: the signature verifies/;
const [byCurrent, byPrevious] = [wire('form', SECRET), wire('form', PREVIOUS)];
const withQuery = wire('open-messaging', SECRET, '/webhook/open-messaging?a=b');
const elsewhere = (scheme: Scheme) => wire(scheme, SECRET, '/elsewhere');
const keyed = { file: byCurrent, stack: { ...form, env: { WEBHOOK_SECRET_JSON_KEY: 'key' } } };
const jsonSecret = JSON.stringify({ key: SECRET });

/** By name: what there is, the exit status, and what is printed. */
const CASES: Record<string, [given: Given, status: number, output: RegExp]> = {
  'nothing of a file that starts like JSON and is none': [
    { file: `{"x-webhook-key": ${SECRET}}`, stdin: SECRET },
    3,
    /^the file starts like JSON and is none: save the whole event, or the request as it goes over the wire\n$/,
  ],
  'that standard input has more than one line': [
    { file: byCurrent, stdin: `${SECRET}\nurl: https://x.example` },
    3,
    /^standard input has more than one line: pipe in the secret alone\n$/,
  ],
  'that a plain secret from standard input verifies': [{ ...keyed, stdin: SECRET }, 0, VERIFIES],
  'that a secret in JSON from standard input verifies': [
    { ...keyed, stdin: jsonSecret, args: ['--secret-json-key', 'key'] },
    0,
    VERIFIES,
  ],
  'that the previous secret verifies in its grace': [{ file: byPrevious, stack: rotated() }, 0, VERIFIES],
  'that the configured grace is over': [
    { file: byPrevious, stack: rotated({ PREVIOUS_SECRET_GRACE_SECONDS: '0' }) },
    1,
    /^form: the signature does not verify\n.*grace of AWSPREVIOUS is over/,
  ],
  'the only instance whatever the path': [{ file: elsewhere('open-messaging'), stack: hub }, 0, HUB_VERIFIES],
  'the instance with the path without its query': [{ file: withQuery, stack: both }, 0, HUB_VERIFIES],
  'the schemes there are where the path is of no instance': [
    { file: elsewhere('form'), stack: both },
    2,
    /give --scheme, which may be form, open-messaging$/m,
  ],
  'what allows an AccessDeniedException': [
    failing('AccessDeniedException'),
    1,
    /allow secretsmanager:GetSecr/,
  ],
  'what mends a DecryptionFailure': [failing('DecryptionFailure'), 1, /enable its KMS key/],
  'what mends an InvalidRequestException': [failing('InvalidRequestException'), 1, /restore the secret/],
  'that the secret is scheduled for deletion': [
    { stack: { ...form, secret: { ...current, DeletedDate: 1_700_000_000 } } },
    1,
    /! the secret is scheduled for deletion since 2023-11-14/,
  ],
  'nothing wrong in a stack whose rotation is over': [
    { stack: { ...rotated(), secret: { ...ROTATED, LastChangedDate: 1_700_000_000 } } },
    0,
    /over: AWSPREVIOUS is refused/,
  ],
  'why no version can be read': [
    { ...failing('DecryptionFailure'), file: byCurrent },
    3,
    /^no version of the secret .*\nAWSCURRENT cannot be read \(DecryptionFailure\)/,
  ],
  'which other version cannot be read': [
    { file: byCurrent, stack: { ...rotated(), values: { v2: SECRET, v1: { __type: 'DecryptionFailure' } } } },
    0,
    /verifies\n {2}- signed with AWSCURRENT.*\n {2}- AWSPREVIOUS cannot be read/,
  ],
  'that there is no such instance': [
    { stack: form, args: ['--scheme', 'static-token'] },
    2,
    /^the stack has no instance of static-token/,
  ],
  'in JSON that a stack is sound': [
    { stack: form, args: ['--json'] },
    0,
    /^\{\n {2}"ok": true,\n {2}"instances": \[\n {4}\{\n {6}"scheme": "form",.*"causes": \[\]/s,
  ],
  'in JSON that a request is refused': [
    { file: byPrevious, stdin: SECRET, args: ['--json'] },
    1,
    /^\{\n {2}"ok": false,\n {2}"scheme": "form",\n {2}"verifies": false,\n {2}"findings": \[\n {4}"no known/,
  ],
  'that parking is off': [{ stack: form }, 0, /^ {2}parking {5}off$/m],
  'that nothing is parked': [
    { stack: { ...parking, queue: EMPTY, log: AccessDenied } },
    0,
    /^ {2}parking {5}nothing is parked$/m,
  ],
  'how many webhooks are parked, since when and why': [
    { stack: { ...parking, log: TRIES } },
    1,
    new RegExp(
      [
        /^ {2}parking {5}2 waiting, 1 in flight; the oldest tried in the last 15 minutes arrived /,
        /2026-10-01T09:51:00.000Z, the last error was InternalFailure\n/,
        / {2}! 3 webhooks are parked, since 2026-10-01T09:51:00.000Z \(InternalFailure\): docs\/runbook.md#parking-backlog$/,
      ]
        .map(({ source }) => source)
        .join(''),
      'm',
    ),
  ],
  'what is parked where the secret cannot be read': [
    { stack: { ...parking, secret: AccessDenied, log: TRIES } },
    1,
    /! the secret cannot be read \(AccessDeniedException\): allow secretsmanager:DescribeSecret on it\n {2}! 3 webhooks are/,
  ],
  'that what is parked was not tried of late': [
    { stack: { ...parking, queue: { ...EMPTY, ApproximateNumberOfMessages: '1' }, log: [] } },
    1,
    /1 waiting, 0 in flight; none was tried in the last 15 minutes\n {2}! 1 webhook is parked: docs/,
  ],
  'which instance has something parked': [
    { stack: { ...parking, outputs: { ...parking.outputs, ...HUB }, log: TRIES } },
    1,
    /! 3 webhooks are parked.*open-messaging: .*parking {5}off\n {2}nothing wrong/s,
  ],
  'that the parking queue may not be read': [
    { stack: { ...parking, queue: AccessDenied } },
    0,
    /parking {5}the queue cannot be read \(AccessDeniedException\): allow sqs:GetQueueAttributes on it\n {2}nothing wrong/,
  ],
  'what is parked where the log may not be read': [
    { stack: { ...parking, log: AccessDenied } },
    1,
    /1 in flight; the function's log cannot be read \(AccessD.*\): allow logs:FilterLogEvents on it\n {2}! 3 webhooks are parked: docs/,
  ],
  'that the secret rotates, what its OAuth client lacks, and that nothing is to rotate while webhooks are parked':
    [
      { stack: { ...parking, outputs: { ...parking.outputs, ...ROTATES }, secret: scheduled, log: TRIES } },
      1,
      /^ {2}rotation {4}by genesys-webhook, last 3 days ago, next 2040-02-01\n.* {2}! the OAuth client's secret arn:o has no clientId and no clientSecret: store them as JSON\n.*#parking-backlog; do not rotate meanwhile$/ms,
    ],
  'that a rotation stands before its value': [
    { stack: { ...form, outputs: { ...FORM, ...ROTATES }, secret: begun, log: AccessDenied } },
    1,
    /AWSPENDING {2}v3: no text value\n.* {2}! a rotation stands before createSecret ended.*#a-version-without-a-value has\n {2}! the OAuth/s,
  ],
  'in JSON that nothing is parked, without a look at the log': [
    { stack: { ...parking, queue: EMPTY, log: AccessDenied }, args: ['--json'] },
    0,
    /"parking": \{\s+"on": true,\s+"waiting": 0,\s+"inFlight": 0\s+\}/,
  ],
  'in JSON what is parked': [
    { stack: { ...parking, log: TRIES }, args: ['--json'] },
    1,
    /"parking": \{\n {6} *"on": true,\s+"waiting": 2,\s+"inFlight": 1,\s+"since": "2026-10-01T09:51:00.000Z",\s+"errorCode": "InternalFailure"\s+\}/,
  ],
  'that a webhook was parked, where an event is due or a refusal': [
    { command: 'smoke', stack: { ...form, answer: OUTCOMES.parked.body } },
    1,
    /signed event {3}200 {7}200 parked {2}\d+ +FAILED\n.*bad signature {2}401 {7}200 parked .*form, signed event: 200 parked; .*`cause` and `error_code`.*#webhooks-parked/s,
  ],
  'what was got in place of what was expected': [
    { command: 'smoke', stack: form },
    1,
    new RegExp(
      [
        /^instance {2}check {10}expected {2}got {2}ms *\n/,
        /form {6}signed event {3}200 {7}200 {2}\d+ +ok\n/,
        /form {6}bad signature {2}401 {7}200 {2}\d+ +FAILED\n/,
        /form {6}GET {12}405 {7}200 {2}\d+ +FAILED\n/,
        /form, bad signature: 200; see the function's log\n.*\n2 of 3 checks failed\n$/,
      ]
        .map(({ source }) => source)
        .join(''),
    ),
  ],
  'in JSON what was got in place of what was expected': [
    { command: 'smoke', stack: form, args: ['--json'] },
    1,
    /^\{\n {2}"ok": false,.*"got": 200,\n {6}"ms": \d+,\n {6}"ok": false,\n {6}"hint": ".*"notes": \[\]\n\}\n$/s,
  ],
};

describe('doctor or smoke, as a process', { concurrency: 2 }, () => {
  for (const [
    name,
    [{ command = 'doctor', file, stack, stdin, args = [] }, status, pattern],
  ] of Object.entries(CASES)) {
    test(`says ${name}`, async (t) => {
      const server = new FaultyServer(async (call, { url = '' }) => answerTo(call, url, stack ?? form));
      await server.start();
      t.after(() => server.stop());
      const words: string[] = [command, ...args];
      if (file) {
        const path = join(temporaryFolder(), 'request');
        writeFileSync(path, file);
        words.push('--request', path);
      }
      if (stack) words.push('--stack', 'Stub');
      if (stdin) words.push('--secret-stdin');
      const env = {
        AWS_ENDPOINT_URL: server.url,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'stub',
        AWS_SECRET_ACCESS_KEY: 'stub',
        GENESYS_WEBHOOK_ORIGIN: server.url,
      };
      const result = await webhookCommand(words, { stdin, env });
      assert.match(result.output, pattern);
      assert.equal(result.status, status);
      if (args.includes('--json')) JSON.parse(result.stdout);
      for (const secret of [SECRET, PREVIOUS])
        assert.ok(!result.output.includes(secret), 'a secret is shown');
    });
  }
});

/** The answers of the services that a stack is read from, and of its webhooks: 200. */
function answerTo({ operation, body }: Call, url: string, { outputs, env = {}, ...stack }: Stack): Answer {
  if (url.includes('/functions/')) return awsJson(200, { Environment: { Variables: env } });
  if (url.startsWith('/webhook/')) return awsJson(200, stack.answer ?? {});
  if (operation === 'GetQueueAttributes')
    return failure(stack.queue) ?? awsJson(200, { Attributes: stack.queue });
  if (operation === 'FilterLogEvents') return failure(stack.log) ?? page(stack.log as LogEvent[][], body);
  if (operation === 'DescribeSecret') return failure(stack.secret) ?? awsJson(200, stack.secret ?? {});
  if (operation === 'GetSecretValue') {
    const { VersionId = 'v2' } = JSON.parse(String(body));
    const value = stack.values?.[VersionId] ?? { __type: 'ResourceNotFoundException' };
    return typeof value === 'string' ? awsJson(200, { VersionId, SecretString: value }) : awsJson(400, value);
  }
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const xml = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Stub</StackName><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
  return { status: 200, headers: {}, body: Buffer.from(xml) };
}

/** The error, if it is one. */
function failure(said: object = {}): Answer | undefined {
  return '__type' in said ? awsJson(400, said) : undefined;
}

/** The page that is asked for; a token is the number of a page. */
function page(pages: LogEvent[][], body: Buffer): Answer {
  const { logGroupName, startTime, filterPattern, nextToken } = JSON.parse(String(body));
  assert.equal(logGroupName, '/log');
  assert.equal(filterPattern, '{ $.function_name = "a" && $.outcome = "still_parked" }');
  assert.ok(Math.abs(Date.now() - 15 * 60_000 - startTime) < 60_000);
  const number = Number(nextToken ?? 0);
  return awsJson(200, {
    events: pages[number] ?? [],
    ...(number + 1 < pages.length && { nextToken: String(number + 1) }),
  });
}
