import type { IncomingMessage } from 'node:http';
import type { Answer, Call } from './faults.ts';
import { FaultyServer } from './faulty-server.ts';

/** Hop-by-hop headers, and those that describe the encoding `fetch` has already undone. */
const NOT_FORWARDED = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
  'expect',
];

/** The stubs' faults in front of a real endpoint, such as the local AWS; keeps the calls that came. */
export class FaultProxy extends FaultyServer {
  /** Every call that came, oldest first, failed ones included. */
  readonly recorded: Call[] = [];

  /** @param target the endpoint's origin, e.g. `http://127.0.0.1:4566`; may be changed while it runs */
  constructor(public target: string) {
    super((call, req) => this.#forward(call, req));
  }

  protected override record(call: Call): void {
    super.record(call);
    this.recorded.push(call);
  }

  async #forward(call: Call, req: IncomingMessage): Promise<Answer> {
    const headers = new Headers();
    for (const [name, value] of Object.entries(req.headers)) {
      if (value !== undefined && name !== 'host' && !NOT_FORWARDED.includes(name))
        headers.set(name, String(value));
    }
    const init = { method: req.method ?? 'POST', headers, ...(call.body.length > 0 && { body: call.body }) };
    const response = await fetch(new URL(req.url ?? '/', this.target), init);
    const body = Buffer.from(await response.arrayBuffer());
    const answered = [...response.headers].filter(([name]) => !NOT_FORWARDED.includes(name));
    return { status: response.status, headers: Object.fromEntries(answered), body };
  }
}
