/** `npm start -- --demo rotation-by-hand`: a planned rotation as docs/rotation.md describes it, under a webhook a second. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalAws } from './local-aws.ts';
import type { Receiver } from './receiver.ts';
import { SecretVersions } from './secret-versions.ts';

const WEBHOOKS_A_STEP = 8;
const FORGED_ONE_IN = 8;
const FORGED = 'not the shared secret';
const INTERVAL_MS = 1000;
/** Shorter than the defaults of 300 s and 5 s, so that nobody has to wait for them. */
const SHORT_TIMES = { SECRET_CACHE_TTL_SECONDS: '4', SECRET_REFRESH_COOLDOWN_SECONDS: '2' };

/** @throws if a webhook was not answered as expected. */
export async function playRotationByHand(aws: LocalAws, receiver: Receiver): Promise<void> {
  const versions = new SecretVersions(aws, receiver.secretArn);
  const counts = new Map<string, number>();
  let wrong = 0;

  async function sendOne(secret: string): Promise<void> {
    const since = Date.now();
    const conversation = { id: randomUUID(), type: 'voice' };
    const payload = JSON.stringify({ eventType: 'conversation:updated', conversation });
    const { status } = await receiver.send(payload, secret);
    let verdict = `refused with ${status}`;
    if (status === 200) {
      const line = await receiver.logged({ conversation_id: conversation.id }, since);
      verdict = `verified by version ${line.secret_version_id} as ${line.secret_stage}`;
    }
    const kind = `${secret === FORGED ? 'forged' : 'signed'}: ${verdict}`;
    if (status !== (secret === FORGED ? 401 : 200)) wrong += 1;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    console.log(`  ${kind}`);
  }

  async function sendWebhooks(secret: string): Promise<void> {
    for (let sent = 1; sent <= WEBHOOKS_A_STEP; sent += 1) {
      await Promise.all([sleep(INTERVAL_MS), sendOne(sent % FORGED_ONE_IN === 0 ? FORGED : secret)]);
    }
  }

  const [ttl, cooldown] = Object.values(SHORT_TIMES);
  console.log(
    `\na planned rotation, with a TTL of ${ttl} s and a cooldown of ${cooldown} s instead of 300 s and 5 s`,
  );
  await receiver.configure(SHORT_TIMES);
  const old = await receiver.secret();
  console.log('\nbefore: Genesys signs with the current secret');
  await sendWebhooks(old);
  const next = await versions.put('AWSPENDING');
  console.log(
    `\n1. the new secret is stored under AWSPENDING, as version ${await versions.idOf('AWSPENDING')}`,
  );
  await sendWebhooks(old);
  console.log('\n2. Genesys is switched to the new secret');
  await sendWebhooks(next);
  await versions.promote();
  console.log('\n3. the new secret is promoted to AWSCURRENT');
  await sendWebhooks(next);
  console.log('\n   a late webhook, signed before the switch');
  await sendOne(old);

  console.log('\ncounts');
  for (const [kind, count] of [...counts].sort()) console.log(`  ${String(count).padStart(3)} ${kind}`);
  if (wrong > 0) throw new Error(`${wrong} webhooks were not answered as they should be`);
  console.log('  every signed webhook was accepted and every forged one refused');
}
