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
    return this.#count(({ seen }) => seen !== undefined);
  }

  rows(): Row[] {
    const acknowledged = ({ seen }: Sent) => isSuccess(seen?.at(-1));
    const refused = ({ seen }: Sent) => isRefusal(seen?.at(-1));
    const gaveUp = ({ seen }: Sent) => {
      const last = seen?.at(-1);
      return last !== undefined && isRetried(last);
    };
    const signed = (fits: (sent: Sent, id: string) => boolean) =>
      this.#count((sent, id) => !sent.forged && fits(sent, id));
    const forged = (fits: (sent: Sent, id: string) => boolean) =>
      this.#count((sent, id) => sent.forged && fits(sent, id));
    const repeated = [...this.#onBus.values()].filter(({ length }) => length > 1);
    return [
      zero(
        'acknowledged but not on the bus',
        this.#count((sent, id) => acknowledged(sent) && !this.#onBus.has(id)),
      ),
      zero(
        'validly signed but refused as unauthorised',
        signed(({ seen }) => seen?.includes(401) ?? false),
      ),
      zero(
        'forged and accepted',
        forged((sent, id) => (sent.seen?.some(isSuccess) ?? false) || this.#onBus.has(id)),
      ),
      zero(
        'validly signed but refused for another cause',
        signed((sent) => refused(sent) && sent.seen?.at(-1) !== 401),
      ),
      zero(
        'not accounted for',
        this.#count((sent) => !acknowledged(sent) && !refused(sent) && !gaveUp(sent)),
      ),
      zero('on the bus but never sent', [...this.#onBus.keys()].filter((id) => !this.#sent.has(id)).length),
      zero(
        'repeated on the bus under another dedupe key',
        repeated.filter((keys) => new Set(keys).size > 1).length,
      ),
      zero(
        'on the bus without a dedupe key',
        [...this.#onBus.values()].filter((keys) => keys.includes('')).length,
      ),
      this.#share(
        'of the signed, acknowledged',
        signed(acknowledged),
        signed(() => true),
      ),
      this.#share(
        'of the forged, refused',
        forged(refused),
        forged(() => true),
      ),
      count('webhooks', this.size),
      count(
        '  signed: acknowledged and on the bus',
        signed((sent, id) => acknowledged(sent) && this.#onBus.has(id)),
      ),
      count(
        '    of which after a retry',
        signed((sent) => acknowledged(sent) && (sent.seen?.length ?? 0) > 1),
      ),
      count('  signed: given up, as the sender knows', signed(gaveUp)),
      count(
        '    of which on the bus all the same',
        signed((sent, id) => gaveUp(sent) && this.#onBus.has(id)),
      ),
      count('  forged: refused', forged(refused)),
      count('  forged: given up after 5xx or time-outs', forged(gaveUp)),
      count('on the bus more than once', repeated.length),
      { what: 'answers by status', figure: this.#answersByStatus() },
    ];
  }

  /** Zeros say little where most were given up: a part of a whole that has to be large. */
  #share(what: string, part: number, whole: number): Row {
    const holds = part >= this.#leastShare * whole;
    return { what, figure: `${((100 * part) / whole).toFixed(1)}%`, holds };
  }

  #count(fits: (sent: Sent, id: string) => boolean): number {
    return [...this.#sent].filter(([id, sent]) => fits(sent, id)).length;
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
