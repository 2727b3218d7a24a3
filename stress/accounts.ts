import { count, type Extent, type Row, zero } from './part.ts';
import { isRetried, type Seen } from './sender.ts';
import { idOf } from './webhooks.ts';

/**
 * The least share that must not have been given up. Beside the other suites of `npm test` the machine is slow, but the
 * pauses between retries are shortened all the same, so that `brief` asks for less.
 */
const LEAST_SHARE = { brief: 0.4, full: 0.75 } as const;

/** A webhook that was sent. */
class Sent {
  /** Every answer, in order. */
  seen: readonly Seen[] = [];
  /** The dedupe key of each event on the bus. */
  readonly keys: string[] = [];

  constructor(readonly isForged: boolean) {}

  get last(): Seen | undefined {
    return this.seen.at(-1);
  }

  get isOnBus(): boolean {
    return this.keys.length > 0;
  }

  get isAcknowledged(): boolean {
    return typeof this.last === 'number' && this.last < 300;
  }

  /** Whether its sender gave it up. */
  get isGivenUp(): boolean {
    return this.last !== undefined && isRetried(this.last);
  }

  /** Whether its last answer is final and no success. */
  get isRefused(): boolean {
    return this.last !== undefined && !this.isAcknowledged && !this.isGivenUp;
  }
}

/** What became of every webhook: what its sender saw, and what the bus has. */
export class Accounts {
  readonly #sent = new Map<string, Sent>();
  readonly #leastShare: number;
  /** Events of no webhook. */
  #strangers = 0;

  constructor(extent: Extent) {
    this.#leastShare = LEAST_SHARE[extent];
  }

  /** Follows a webhook to its end. */
  async follow(id: string, isForged: boolean, seen: Promise<readonly Seen[]>): Promise<void> {
    const sent = new Sent(isForged);
    this.#sent.set(id, sent);
    sent.seen = await seen;
  }

  /** Notes an event by its `Detail`. */
  published(detail: string): void {
    const sent = this.#sent.get(idOf(detail) ?? '');
    if (!sent) this.#strangers += 1;
    sent?.keys.push(/"dedupeKey":"([^"]*)"/.exec(detail)?.[1] ?? '');
  }

  /** Webhooks that have been answered for good. */
  get done(): number {
    return this.#all.filter(({ last }) => last !== undefined).length;
  }

  get #all(): Sent[] {
    return [...this.#sent.values()];
  }

  rows(): Row[] {
    const [signed, forged] = [false, true].map((which) => this.#all.filter((one) => one.isForged === which));
    const zeroOf = (what: string, sent: readonly Sent[] = [], fits: (sent: Sent) => boolean) =>
      zero(what, sent.filter(fits).length);
    const countOf = (what: string, sent: readonly Sent[] = [], fits: (sent: Sent) => boolean) =>
      count(what, sent.filter(fits).length);
    return [
      zeroOf('acknowledged but not on the bus', this.#all, (one) => one.isAcknowledged && !one.isOnBus),
      zeroOf('validly signed but refused as unauthorised', signed, ({ seen }) => seen.includes(401)),
      zeroOf(
        'forged and accepted',
        forged,
        ({ seen, isOnBus }) => isOnBus || seen.some((answer) => Number(answer) < 300),
      ),
      zeroOf(
        'validly signed but refused for another cause',
        signed,
        (one) => one.isRefused && one.last !== 401,
      ),
      zeroOf('not accounted for', this.#all, ({ last }) => last === undefined),
      zero('on the bus but never sent', this.#strangers),
      zeroOf('repeated on the bus under another dedupe key', this.#all, ({ keys }) => new Set(keys).size > 1),
      zeroOf('on the bus without a dedupe key', this.#all, ({ keys }) => keys.includes('')),
      this.#share('of the signed, acknowledged', signed, (one) => one.isAcknowledged),
      this.#share('of the forged, refused', forged, (one) => one.isRefused),
      count('webhooks', this.#sent.size),
      countOf('  signed: acknowledged and on the bus', signed, (one) => one.isAcknowledged && one.isOnBus),
      countOf('    of which after a retry', signed, (one) => one.isAcknowledged && one.seen.length > 1),
      countOf('  signed: given up, as the sender knows', signed, (one) => one.isGivenUp),
      countOf('    of which on the bus all the same', signed, (one) => one.isGivenUp && one.isOnBus),
      countOf('  forged: refused', forged, (one) => one.isRefused),
      countOf('  forged: given up after 5xx or time-outs', forged, (one) => one.isGivenUp),
      countOf('on the bus more than once', this.#all, ({ keys }) => keys.length > 1),
      { what: 'answers by status', figure: this.#answersByStatus() },
    ];
  }

  /** A share that has to be large, because zeros prove little if most webhooks were given up. */
  #share(what: string, sent: readonly Sent[] = [], fits: (sent: Sent) => boolean): Row {
    const share = sent.filter(fits).length / sent.length;
    return { what, figure: `${(100 * share).toFixed(1)}%`, holds: share >= this.#leastShare };
  }

  #answersByStatus(): string {
    const answers = new Map<Seen, number>();
    for (const answer of this.#all.flatMap(({ seen }) => seen))
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    const sorted = [...answers].sort(([a], [b]) => String(a).localeCompare(String(b)));
    return sorted.map(([answer, number]) => `${answer}: ${number}`).join(', ');
  }
}
