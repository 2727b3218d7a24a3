/**
 * A sender as Genesys Cloud documents its own: it gives up on an answer after 10 s and tries again, up to 5 times and
 * 5 s apart, after a time-out, a 429 or a 5xx, and after nothing else ("Open Messaging", Genesys Cloud Developer Center).
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  giveUpAfterMs: number;
  retries: number;
  retryAfterMs: number;
}

export const GENESYS: Patience = { giveUpAfterMs: 10_000, retries: 5, retryAfterMs: 5_000 };

/** The function's own time-outs cannot be scaled, so neither is the wait for an answer. */
export function scaled(factor: number): Patience {
  return { ...GENESYS, retryAfterMs: GENESYS.retryAfterMs / factor };
}

/** What a sender saw: the status of the answer, if one came. */
export type Seen = number | 'time-out' | 'no answer';

/** Sends one webhook until it is answered for good or patience ends; resolves to everything seen, in order. */
export async function send(deliver: () => Promise<number>, patience: Patience): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (;;) {
    const answer = await withTimeout(deliver(), patience.giveUpAfterMs);
    seen.push(answer);
    if (!isRetried(answer) || seen.length > patience.retries) return seen;
    await sleep(patience.retryAfterMs);
  }
}

/** Whether Genesys tries again. */
export function isRetried(answer: Seen): boolean {
  return typeof answer === 'string' || answer === 429 || answer >= 500;
}

async function withTimeout(answer: Promise<number>, ms: number): Promise<Seen> {
  const over = new AbortController();
  const timeout = sleep(ms, 'time-out' as const, { signal: over.signal }).catch(() => 'time-out' as const);
  return Promise.race([answer.catch(() => 'no answer' as const), timeout]).finally(() => over.abort());
}
