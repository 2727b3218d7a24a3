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

/** What a try ended in: the status of the answer, if one came. A 200 may mean that the webhook was parked. */
export type Answer = number | 'parked' | 'time-out' | 'no answer';

/** One try, and when it was under way (`performance.now()`). */
export interface Seen {
  answer: Answer;
  from: number;
  to: number;
}

/** Sends one webhook until it is answered for good or patience ends; resolves to everything seen, in order. */
export async function send(deliver: () => Promise<Answer>, patience: Patience): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (;;) {
    const from = performance.now();
    const answer = await withTimeout(deliver(), patience.giveUpAfterMs);
    seen.push({ answer, from, to: performance.now() });
    if (!isRetried(answer) || seen.length > patience.retries) return seen;
    await sleep(patience.retryAfterMs);
  }
}

/** Whether Genesys tries again. */
export function isRetried(answer: Answer): boolean {
  if (typeof answer === 'string') return answer !== 'parked';
  return answer === 429 || answer >= 500;
}

async function withTimeout(answer: Promise<Answer>, ms: number): Promise<Answer> {
  const over = new AbortController();
  const timeout = sleep(ms, 'time-out' as const, { signal: over.signal }).catch(() => 'time-out' as const);
  return Promise.race([answer.catch(() => 'no answer' as const), timeout]).finally(() => over.abort());
}
