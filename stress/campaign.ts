import { setTimeout as sleep } from 'node:timers/promises';
import type { Note } from '../dev/common/progress.ts';
import type { FaultyServer } from '../tests/support/faulty-server.ts';
import type { Accounts } from './accounts.ts';
import { DRAIN_LIMIT_MS, type Instance } from './instance.ts';
import { fails, inject, nameOf, type Outage, type Service } from './outages.ts';
import { grouped, type Row } from './part.ts';
import { Random } from './random.ts';

const ROTATIONS = 3;
const ONE_FORGED_IN = 10;
const DRAIN_POLL_MS = 250;

export interface Campaign {
  instances: readonly Instance[];
  services: Readonly<Record<Service, readonly FaultyServer[]>>;
  outages: readonly Outage[];
  accounts: Accounts;
  webhooks: number;
  /**
   * The most webhooks that are not answered for good. A machine that is too slow for the pace would otherwise spend all
   * its time on answers that come too late.
   */
  underWay: number;
  /** Of most outages; scaled, shorter than Genesys tries again. */
  outageMs: number;
  /** Between two outages. */
  recoveryMs: number;
}

/**
 * Sends webhooks at an even pace while every outage comes and goes and every secret is rotated three times. Resolves once
 * each webhook has been answered for good, each instance has been asked once more, and nothing is parked any more.
 */
export async function runCampaign(campaign: Campaign, note: Note): Promise<Row[]> {
  const { instances, outages, accounts, outageMs, recoveryMs } = campaign;
  const lasting = ({ times = 1 }: Outage) => outageMs * times;
  const durationMs = outages.reduce((sum, outage) => sum + lasting(outage) + recoveryMs, 0);
  const injectAll = async () => {
    for (const outage of outages) {
      note(`${nameOf(outage)}: ${accounts.done} of ${campaign.webhooks} webhooks done`);
      const from = performance.now();
      const over = inject(outage, campaign.services, lasting(outage));
      if (outage.isDeployed) await Promise.all(instances.map((instance) => instance.renew()));
      await over;
      if (fails('SQS', outage)) accounts.sqsFailed(from, performance.now());
      await sleep(recoveryMs);
    }
    note('waiting for the last retries');
  };
  const [times] = await Promise.all([
    Promise.all(instances.map((instance, index) => rotateAgain(instance, durationMs, index))),
    sendAll(campaign, durationMs),
    injectAll(),
  ]);
  const rotations = times.reduce((sum, rotated) => sum + rotated, 0);
  const after = await Promise.all(
    instances.map((instance, index) => {
      const id = `w-${campaign.webhooks + index + 1}`;
      const seen = instance.send(id);
      return accounts.follow(id, false, seen).then(() => seen);
    }),
  );
  note('waiting for what is parked');
  await drained(instances);
  return [
    {
      what: 'answers of each instance afterwards',
      figure: after.map((seen) => seen.map(({ answer }) => answer).join(' ')).join(', '),
      holds: after.every((seen) => seen.at(-1)?.answer === 200),
    },
    { what: 'rotations', figure: grouped(rotations), holds: rotations === instances.length * ROTATIONS },
  ];
}

async function sendAll(
  { instances, accounts, webhooks, underWay }: Campaign,
  durationMs: number,
): Promise<void> {
  const random = new Random(8);
  const start = performance.now();
  const followed: Promise<void>[] = [];
  let sending = 0;
  while (followed.length < webhooks) {
    const due = Math.min(webhooks, Math.ceil(((performance.now() - start) / durationMs) * webhooks));
    while (followed.length < due && sending < underWay) {
      const id = `w-${followed.length + 1}`;
      const forgery = random.below(ONE_FORGED_IN) === 0 ? random.below(3) : undefined;
      sending += 1;
      const seen = random.pick(instances).send(id, forgery);
      const done = accounts.follow(id, forgery !== undefined, seen).finally(() => {
        sending -= 1;
      });
      followed.push(done);
    }
    await sleep(5);
  }
  await Promise.all(followed);
}

/** Resolves once no instance has anything parked, or when that takes too long. */
async function drained(instances: readonly Instance[]): Promise<void> {
  const deadline = performance.now() + DRAIN_LIMIT_MS;
  while ((await parkedBy(instances)) > 0 && performance.now() < deadline) await sleep(DRAIN_POLL_MS);
}

export async function parkedBy(instances: readonly Instance[]): Promise<number> {
  const parked = await Promise.all(instances.map((instance) => instance.parked()));
  return parked.reduce((sum, number) => sum + number, 0);
}

/** Spread over the whole time, the instances one after the other. Resolves to how often it was rotated. */
async function rotateAgain(instance: Instance, durationMs: number, index: number): Promise<number> {
  const start = performance.now();
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
    const due = (durationMs * (rotation + (index + 1) / 4)) / ROTATIONS;
    await sleep(Math.max(0, start + due - performance.now()));
    await instance.rotate();
  }
  return ROTATIONS;
}
