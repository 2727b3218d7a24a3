import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../tests/support/sqs-stub.ts';

/** How long SQS hides a message that was taken. */
export const VISIBILITY_TIMEOUT_MS = 60_000;
/** The mapping's maximum concurrency. */
const MOST_AT_ONCE = 2;
const POLL_MS = 20;

/** What takes the messages of a queue, one at a time each, and has them handled. One that fails comes back. */
export class EventSourceMapping {
  #inFlight = 0;
  #isStopped = false;

  /**
   * @param queue messages are taken away from it
   * @param handle resolves to whether the message is done with
   * @param comeBackAfterMs counted from the failure
   */
  constructor(
    private readonly queue: Message[],
    private readonly handle: (message: Message) => Promise<boolean>,
    private readonly comeBackAfterMs: number,
  ) {
    for (let i = 0; i < MOST_AT_ONCE; i += 1) void this.#poll();
  }

  /** Messages, visible or in flight. */
  get messages(): number {
    return this.queue.length + this.#inFlight;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #poll(): Promise<void> {
    while (!this.#isStopped) {
      const message = this.queue.shift();
      if (message) await this.#take(message);
      else await sleep(POLL_MS);
    }
  }

  async #take(message: Message): Promise<void> {
    this.#inFlight += 1;
    const comeBack = () => {
      this.#inFlight -= 1;
      this.queue.push(message);
    };
    if (await this.handle(message)) this.#inFlight -= 1;
    else setTimeout(comeBack, this.comeBackAfterMs).unref();
  }
}
