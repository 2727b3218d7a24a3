/**
 * `npm start`: this project's stack on a local AWS, with one signed webhook sent through it, and then its log until
 * Ctrl-C. `--once` ends after the webhook, with status 0 only if it reached a consumer. `--demo rotation` plays a rotation
 * of the secret by Secrets Manager, and `--demo rotation-by-hand` a planned one; `--demo outage` plays two outages, of
 * `--outage-seconds` each. Each of them ends by itself.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { WEBHOOK_ORIGIN } from '../cli/outputs.ts';
import { buildHost } from './build.ts';
import { exitOnSignals } from './common/command.ts';
import { step } from './common/progress.ts';
import { root } from './common/root.ts';
import { installed } from './common/venv.ts';
import { Consumer } from './local-aws/consumer.ts';
import { deploy } from './local-aws/deploy.ts';
import { startLocalAws } from './local-aws/local-aws.ts';
import { OUTAGE_SECONDS, playOutages } from './local-aws/outage-demo.ts';
import { ParkingQueue } from './local-aws/parking-queue.ts';
import { Receiver } from './local-aws/receiver.ts';
import { playRotationByHand } from './local-aws/rotation-by-hand-demo.ts';
import { playRotation } from './local-aws/rotation-demo.ts';

const DEMOS: Readonly<Record<string, () => Promise<void>>> = {
  rotation: () => playRotation(aws, new Receiver(aws, outputs, 'open-messaging'), outputs),
  'rotation-by-hand': () => playRotationByHand(aws, receiver),
  outage: () =>
    playOutages(aws, {
      receiver,
      consumer,
      queue: new ParkingQueue(aws, outputs.ParkingQueueUrl ?? ''),
      seconds: outageSeconds,
    }),
};

/** The webhook's port. If it is taken, as by a second `npm start`, any free port is used. */
const PREFERRED_PORT = 4566;

const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    demo: { type: 'string' },
    'outage-seconds': { type: 'string', default: String(OUTAGE_SECONDS) },
  },
});
const outageSeconds = Number(options['outage-seconds']);
if (!(outageSeconds >= 1)) throw new Error('--outage-seconds takes a number of seconds, at least 1');
const demo = options.demo && DEMOS[options.demo];
if (options.demo && !demo)
  throw new Error(`there is no demo ${options.demo}: use ${Object.keys(DEMOS).join(' or ')}`);
exitOnSignals();

await installed('local-aws');
const { code, rotationCode } = await step('building the functions', buildHost);
const aws = await step('starting the local AWS', () =>
  startLocalAws({
    logFile: `${root}/.local/logs/local-aws-${process.pid}.log`,
    preferredPort: PREFERRED_PORT,
  }),
);
const outputs = await step('deploying the stack', (note) =>
  deploy(aws, { code, rotationCode, onLine: note }),
);
const receiver = new Receiver(aws, outputs);
const consumer = new Consumer(aws, outputs.ConsumerQueueUrl ?? '');

const since = Date.now();
await showOneWebhook();
if (demo) await demo();
if (options.once || demo) {
  await aws.stop();
} else {
  showCommands();
  await followLog();
}

async function showOneWebhook() {
  const conversation = { id: randomUUID(), type: 'voice' };
  const payload = JSON.stringify({ eventType: 'conversation:created', conversation });
  console.log(`\nWebhook URL: ${receiver.url}\n\nPOST a signed webhook: ${payload}`);
  const { status, body } = await receiver.send(payload);
  console.log(`answer: ${status} ${body}`);
  if (status !== 200) throw new Error(`the signed webhook was answered with ${status}, not with 200`);
  const line = await receiver.logged({ outcome: 'accepted', conversation_id: conversation.id }, since);
  console.log(`\nthe function's log line:\n${JSON.stringify(line)}`);
  const event = await consumer.receive(
    ({ detail }) => detail.eventBody?.conversation?.id === conversation.id,
  );
  console.log(`\nthe event, as the example consumer's queue has it:\n${JSON.stringify(event, null, 2)}`);
}

function showCommands() {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, [WEBHOOK_ORIGIN]: origin } = aws.env;
  console.log(`
to send another one from a second terminal:
  export AWS_ENDPOINT_URL=${aws.endpoint} AWS_REGION=${AWS_REGION} \\
    AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY} \\
    ${WEBHOOK_ORIGIN}=${origin}
  npm run webhook -- send --url '${receiver.url}' --secret-id '${receiver.secretArn}'

following the function's log; Ctrl-C ends everything`);
}

async function followLog() {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal).once(signal, () => interrupted.abort());
  }
  for await (const line of receiver.log(interrupted.signal)) {
    if (line.startsWith('{')) console.log(line);
  }
  await aws.stop();
  console.log('\nstopped: nothing is left running');
}
