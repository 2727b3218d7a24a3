import { PARKING_CAUSES, STILL_PARKED } from '../contract/outcomes.ts';
import type { LogLine } from '../tests/support/function-process.ts';
import { count, type Extent, type Row, zero } from './part.ts';
import { type Answer, isRetried, type Seen } from './sender.ts';
import { idOf } from './webhooks.ts';

/**
 * The least share that must not have been given up. Beside the other suites of `npm test` the machine is slow, but the
 * pauses between retries are shortened all the same, so that `brief` asks for less.
 */
const LEAST_SHARE = { brief: 0.4, full: 0.75 } as const;
/** Where there is no environment, or where its process was killed; 502 is the emulator's. The function did not answer. */
const OF_LAMBDA: readonly Answer[] = [429, 500, 502];

/** Of a log line: neither verified nor published, and no try to park it either. */
const NOT_TRIED = 'not tried';
/** A 500 of the function's own, which is no answer of Lambda's. */
const DEFECT = 'internal_error';

/** A webhook that was sent. */
class Sent {
  /** Every answer, in order. */
  seen: readonly Seen[] = [];
  /** The dedupe key of each event on the bus. */
  readonly keys: string[] = [];
  /** Called at the first of them. */
  arrived = () => {};
  readonly onBus = new Promise<void>((resolve) => {
    this.arrived = resolve;
  });

  constructor(readonly isForged: boolean) {}

  get last(): Answer | undefined {
    return this.seen.at(-1)?.answer;
  }

  get isOnBus(): boolean {
    return this.keys.length > 0;
  }

  /** Whether it was said to be on the bus. */
  get isSuccess(): boolean {
    return this.seen.some(({ answer }) => typeof answer === 'number' && answer < 300);
  }

  get isParked(): boolean {
    return this.last === 'parked';
  }

  get isAcknowledged(): boolean {
    return this.isSuccess || this.isParked;
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

/** What became of every webhook: what its sender saw, what the bus has, and what the log says of parking. */
export class Accounts {
  readonly #sent = new Map<string, Sent>();
  readonly #leastShare: number;
  /** Events of no webhook. */
  #strangers = 0;
  /** Lines of the log about parking, by what they say. */
  readonly #lines = new Map<string, number>();
  readonly #sqsOutages: { from: number; to: number }[] = [];

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
    sent?.arrived();
  }

  /** Resolves once a webhook that is followed is on the bus. */
  async onBus(id: string): Promise<void> {
    await this.#sent.get(id)?.onBus;
  }

  /** Notes a line of the function's log. */
  logged({ outcome, cause, parked, parking_error_code: error }: LogLine): void {
    const isUnavailable = PARKING_CAUSES.some((which) => which === outcome);
    if (parked) this.#count(`handled: ${outcome}`);
    else if (outcome === 'parked') this.#count(`parked: ${cause}`);
    else if (isUnavailable && !error) this.#count(NOT_TRIED);
    else if (outcome === DEFECT) this.#count(DEFECT);
  }

  #count(line: string): void {
    this.#lines.set(line, (this.#lines.get(line) ?? 0) + 1);
  }

  /** Notes when SQS failed (`performance.now()`). */
  sqsFailed(from: number, to: number): void {
    this.#sqsOutages.push({ from, to });
  }

  /** Webhooks that have been answered for good. */
  get done(): number {
    return this.#all.filter(({ last }) => last !== undefined).length;
  }

  get #all(): Sent[] {
    return [...this.#sent.values()];
  }

  /** @param stillParked webhooks that are in a parking queue now */
  rows(stillParked: number): Row[] {
    const [signed = [], forged = []] = [false, true].map((which) =>
      this.#all.filter((one) => one.isForged === which),
    );
    const zeroOf = (what: string, sent: readonly Sent[], fits: (sent: Sent) => boolean) =>
      zero(what, sent.filter(fits).length);
    const countOf = (what: string, sent: readonly Sent[], fits: (sent: Sent) => boolean) =>
      count(what, sent.filter(fits).length);
    const givenUp = signed.filter((one) => one.isGivenUp);
    const isOfLambda = ({ seen }: Sent) => seen.every(({ answer }) => OF_LAMBDA.includes(answer));
    const isExplained = ({ seen }: Sent) =>
      seen.every((one) => OF_LAMBDA.includes(one.answer) || this.#hadNoSqs(one));
    const unavailable = this.#all.flatMap(({ seen }) => seen).filter(({ answer }) => answer === 503);
    const withoutSqs = unavailable.filter((one) => this.#hadNoSqs(one)).length;
    return [
      // Of a parked one nothing was said but that it is kept, and forged ones are to be refused later on.
      zeroOf(
        'acknowledged but not on the bus',
        this.#all,
        (one) => (one.isSuccess || (one.isParked && !one.isForged)) && !one.isOnBus,
      ),
      // Unless it is one of those that are still parked.
      zeroOf('signed, parked, refused', signed, (one) => one.isParked && !one.isOnBus && stillParked === 0),
      zero('still parked at the end', stillParked),
      zeroOf('signed and given up for another cause', givenUp, (one) => !isExplained(one)),
      zero('answered 503 without a try to park', this.#lines.get(NOT_TRIED) ?? 0),
      zero('answered 500 by the function itself', this.#lines.get(DEFECT) ?? 0),
      zeroOf('validly signed but refused as unauthorised', signed, ({ seen }) =>
        seen.some(({ answer }) => answer === 401),
      ),
      zeroOf('forged and accepted', forged, (one) => one.isOnBus || one.isSuccess),
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
      this.#share(
        'of the forged, refused at once or when handled',
        forged,
        (one) => one.isRefused || one.isParked,
      ),
      count('webhooks', this.#sent.size),
      countOf('  signed: answered success and on the bus', signed, (one) => one.isSuccess && one.isOnBus),
      countOf('  signed: answered parked and on the bus', signed, (one) => one.isParked && one.isOnBus),
      countOf('    of both, after a retry', signed, (one) => one.isAcknowledged && one.seen.length > 1),
      count('  signed: given up, as the sender knows', givenUp.length),
      countOf('    of which for answers of Lambda or the gateway alone', givenUp, isOfLambda),
      countOf('    of which while SQS failed', givenUp, (one) => isExplained(one) && !isOfLambda(one)),
      countOf('    of which on the bus all the same', givenUp, (one) => one.isOnBus),
      countOf('  forged: refused', forged, (one) => one.isRefused),
      countOf('  forged: parked, and refused when handled', forged, (one) => one.isParked),
      countOf('  forged: given up after 5xx or time-outs', forged, (one) => one.isGivenUp),
      countOf('on the bus more than once', this.#all, ({ keys }) => keys.length > 1),
      ...PARKING_CAUSES.map((cause) => this.#lineRow(`parked for ${cause}`, `parked: ${cause}`)),
      this.#lineRow('parked, handled: on the bus', 'handled: accepted'),
      this.#lineRow('parked, handled: refused as unauthorised', 'handled: unauthorized'),
      this.#lineRow('parked, not handled yet: shown again', `handled: ${STILL_PARKED}`),
      count('answered 503 while SQS failed', withoutSqs),
      count('answered 503 while it did not', unavailable.length - withoutSqs),
      { what: 'answers by status', figure: this.#answersByStatus() },
    ];
  }

  /** A share that has to be large, because zeros prove little if most webhooks were given up. */
  #share(what: string, sent: readonly Sent[], fits: (sent: Sent) => boolean): Row {
    const share = sent.filter(fits).length / sent.length;
    return { what, figure: `${(100 * share).toFixed(1)}%`, holds: share >= this.#leastShare };
  }

  /** What has to have happened, or the zeros would prove nothing of it. */
  #lineRow(what: string, line: string): Row {
    const lines = this.#lines.get(line) ?? 0;
    return { ...count(what, lines), holds: lines > 0 };
  }

  /** Whether SQS failed while a try was under way. */
  #hadNoSqs(seen: Seen): boolean {
    return this.#sqsOutages.some(({ from, to }) => seen.from <= to && seen.to >= from);
  }

  #answersByStatus(): string {
    const answers = new Map<Answer, number>();
    for (const { answer } of this.#all.flatMap(({ seen }) => seen))
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    const sorted = [...answers].sort(([a], [b]) => String(a).localeCompare(String(b)));
    return sorted.map(([answer, number]) => `${answer}: ${number}`).join(', ');
  }
}
