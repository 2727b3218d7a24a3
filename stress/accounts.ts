import { count, type Extent, type Row, zero } from './part.ts';
import { isRetried, type Seen } from './sender.ts';
import { idOf } from './webhooks.ts';

/**
 * Of what was sent, that must not have been given up: the outages are short. Beside the other suites of `npm test` a
 * machine is slow, and Genesys's patience, scaled, is not.
 */
const LEAST_SHARE = { brief: 0.4, full: 0.75 } as const;

interface Sent {
  forged: boolean;
  /** Every answer, once the sender is done with it. */
  seen?: readonly Seen[];
}

/** One that was sent, with all that is known of it. */
interface Webhook {
  forged: boolean;
  seen: readonly Seen[];
  last: Seen | undefined;
  onBus: boolean;
}

/** What became of every webhook: what its sender saw, and what the bus has. */
export class Accounts {
  readonly #sent = new Map<string, Sent>();
  /** The dedupe key of each event on the bus, by webhook. */
  readonly #onBus = new Map<string, string[]>();
  readonly #leastShare: number;

  constructor(extent: Extent) {
    this.#leastShare = LEAST_SHARE[extent];
  }

  /** Follows a webhook to its end. */
  async follow(id: string, forged: boolean, seen: Promise<readonly Seen[]>): Promise<void> {
    const sent: Sent = { forged };
    this.#sent.set(id, sent);
    sent.seen = await seen;
  }

  /** Notes an event by its `Detail`. */
  published(detail: string): void {
    const keys = this.#onBus.get(idOf(detail) ?? '') ?? [];
    keys.push(/"dedupeKey":"([^"]*)"/.exec(detail)?.[1] ?? '');
    this.#onBus.set(idOf(detail) ?? '', keys);
  }

  get size(): number {
    return this.#sent.size;
  }

  /** Webhooks that have been answered for good. */
  get done(): number {
    return [...this.#sent.values()].filter(({ seen }) => seen !== undefined).length;
  }

  rows(): Row[] {
    const number = (fits: (webhook: Webhook) => boolean) => this.#webhooks().filter(fits).length;
    const ofSigned = (fits: (webhook: Webhook) => boolean) => number((one) => !one.forged && fits(one));
    const ofForged = (fits: (webhook: Webhook) => boolean) => number((one) => one.forged && fits(one));
    const all = () => true;
    const acknowledged = ({ last }: Webhook) => isSuccess(last);
    const refused = ({ last }: Webhook) => isRefusal(last);
    const gaveUp = ({ last }: Webhook) => last !== undefined && isRetried(last);
    const keys = [...this.#onBus.values()];
    return [
      zero(
        'acknowledged but not on the bus',
        number((one) => acknowledged(one) && !one.onBus),
      ),
      zero(
        'validly signed but refused as unauthorised',
        ofSigned(({ seen }) => seen.includes(401)),
      ),
      zero(
        'forged and accepted',
        ofForged(({ seen, onBus }) => onBus || seen.some(isSuccess)),
      ),
      zero(
        'validly signed but refused for another cause',
        ofSigned((one) => refused(one) && one.last !== 401),
      ),
      zero(
        'not accounted for',
        number((one) => !acknowledged(one) && !refused(one) && !gaveUp(one)),
      ),
      zero('on the bus but never sent', [...this.#onBus.keys()].filter((id) => !this.#sent.has(id)).length),
      zero('repeated on the bus under another dedupe key', keys.filter((of) => new Set(of).size > 1).length),
      zero('on the bus without a dedupe key', keys.filter((of) => of.includes('')).length),
      this.#share('of the signed, acknowledged', ofSigned(acknowledged), ofSigned(all)),
      this.#share('of the forged, refused', ofForged(refused), ofForged(all)),
      count('webhooks', this.size),
      count(
        '  signed: acknowledged and on the bus',
        ofSigned((one) => acknowledged(one) && one.onBus),
      ),
      count(
        '    of which after a retry',
        ofSigned((one) => acknowledged(one) && one.seen.length > 1),
      ),
      count('  signed: given up, as the sender knows', ofSigned(gaveUp)),
      count(
        '    of which on the bus all the same',
        ofSigned((one) => gaveUp(one) && one.onBus),
      ),
      count('  forged: refused', ofForged(refused)),
      count('  forged: given up after 5xx or time-outs', ofForged(gaveUp)),
      count('on the bus more than once', keys.filter(({ length }) => length > 1).length),
      { what: 'answers by status', figure: this.#answersByStatus() },
    ];
  }

  #webhooks(): Webhook[] {
    return [...this.#sent].map(([id, { forged, seen = [] }]) => ({
      forged,
      seen,
      last: seen.at(-1),
      onBus: this.#onBus.has(id),
    }));
  }

  /** Zeros say little where most were given up: a part of a whole that has to be large. */
  #share(what: string, part: number, whole: number): Row {
    const holds = part >= this.#leastShare * whole;
    return { what, figure: `${((100 * part) / whole).toFixed(1)}%`, holds };
  }

  #answersByStatus(): string {
    const answers = new Map<Seen, number>();
    for (const { seen = [] } of this.#sent.values())
      for (const answer of seen) answers.set(answer, (answers.get(answer) ?? 0) + 1);
    const sorted = [...answers].sort(([a], [b]) => String(a).localeCompare(String(b)));
    return sorted.map(([answer, number]) => `${answer}: ${number}`).join(', ');
  }
}

function isSuccess(seen: Seen | undefined): boolean {
  return typeof seen === 'number' && seen >= 200 && seen < 300;
}

/** An answer that is final and not a success. */
function isRefusal(seen: Seen | undefined): boolean {
  return typeof seen === 'number' && seen >= 300 && seen < 500 && seen !== 429;
}
