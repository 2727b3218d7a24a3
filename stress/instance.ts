import { setTimeout as sleep } from 'node:timers/promises';
import { type SignedRequest, signWebhook } from '../cli/signing.ts';
import { OUTCOMES } from '../contract/outcomes.ts';
import type { Scheme } from '../contract/schemes.ts';
import { forbid } from '../tests/support/test-logs.ts';
import type { Accounts } from './accounts.ts';
import { type Answer, type Seen, scaled, send } from './sender.ts';
import { forge, payload } from './webhooks.ts';

/** A minute of Genesys's retries and of the documented waits is six seconds here. */
export const TIME_SCALE = 10;
/** docs/rotation.md, "Rotate by hand": between staging a secret and giving it to Genesys. */
const DOCUMENTED_WAIT_MS = 30_000;

/** The longest that anything is waited for that was parked. */
export const DRAIN_LIMIT_MS = 300_000;
const PARKED = OUTCOMES.parked;

/** The function's environment: its times are whole seconds, and the TTL is so short that each outage sees refreshes. */
export const SHORT_TIMES = { SECRET_CACHE_TTL_SECONDS: '3', SECRET_REFRESH_COOLDOWN_SECONDS: '1' };

/** One deployed instance, the owner of its secret, and its sender. */
export abstract class Instance {
  /** What the sender signs with. */
  #inUse: string;
  /** What has been sent and is not over, by the secret that signed it: a parked webhook is over once it is on the bus. */
  readonly #underWay = new Map<string, Set<Promise<unknown>>>();

  constructor(
    readonly scheme: Scheme,
    secret: string,
    private readonly accounts: Accounts,
  ) {
    forbid(secret);
    this.#inUse = secret;
  }

  protected abstract deliver(request: SignedRequest): Promise<{ status: number; body: string }>;
  /** Stores a new secret under AWSPENDING and resolves to it. */
  protected abstract stage(): Promise<string>;
  /** Moves AWSCURRENT to it and takes AWSPENDING away. */
  protected abstract promote(): Promise<void>;
  /** Takes AWSPREVIOUS away. */
  protected abstract endPrevious(): Promise<void>;
  /** As a deployment does: requests meet new environments. */
  abstract renew(): Promise<void>;
  /** How many webhooks are in its parking queue, handled at the moment or not. */
  abstract parked(): Promise<number>;

  /** Sends a webhook as Genesys does, signed once: a retry is the same bytes. */
  send(id: string, forgery?: number): Promise<Seen[]> {
    const text = payload(this.scheme, id);
    const secret = this.#inUse;
    const request =
      forgery === undefined
        ? signWebhook(this.scheme, text, secret)
        : forge(this.scheme, text, secret, forgery);
    const seen = send(() => this.#answer(request), scaled(TIME_SCALE));
    const isOver = seen.then(async (all) => {
      if (all.at(-1)?.answer !== 'parked' || forgery !== undefined) return;
      // Not for ever, because it may have been lost: the accounts will tell.
      await Promise.race([this.accounts.onBus(id), sleep(DRAIN_LIMIT_MS, undefined, { ref: false })]);
    });
    const underWay = this.#underWay.get(secret) ?? new Set();
    this.#underWay.set(secret, underWay.add(isOver));
    void isOver.then(() => underWay.delete(isOver));
    return seen;
  }

  async #answer(request: SignedRequest): Promise<Answer> {
    const { status, body } = await this.deliver(request);
    return status === PARKED.status && body === JSON.stringify(PARKED.body) ? 'parked' : status;
  }

  /** A planned rotation, with the steps and the waits that docs/rotation.md has. */
  async rotate(): Promise<void> {
    const secret = await this.stage();
    forbid(secret);
    await sleep(DOCUMENTED_WAIT_MS / TIME_SCALE);
    this.#inUse = secret;
    await sleep(DOCUMENTED_WAIT_MS / TIME_SCALE);
    await this.promote();
    await this.#previousUnused();
    await this.endPrevious();
  }

  async #previousUnused(): Promise<void> {
    const previous = [...this.#underWay].filter(([secret]) => secret !== this.#inUse);
    await Promise.all(previous.flatMap(([, webhooks]) => [...webhooks]));
  }
}
