import type { Answer, Call } from './faults.ts';
import { FaultyServer, type Request, type Tls } from './faulty-server.ts';

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

  /**
   * @param target the endpoint's origin, e.g. `http://127.0.0.1:4566`; may be changed while it runs
   * @param tls what it speaks itself, whatever the target does. Left out: plain HTTP/1.1
   */
  constructor(
    public target: string,
    tls?: Tls,
  ) {
    super((call, req) => this.#forward(call, req), tls);
  }

  protected override record(call: Call): void {
    super.record(call);
    this.recorded.push(call);
  }

  async #forward(call: Call, req: Request): Promise<Answer> {
    const headers = new Headers();
    for (const [name, value] of Object.entries(req.headers)) {
      // HTTP/2 says method and path in headers of its own, which start with a colon.
      const isForwarded = name !== 'host' && !name.startsWith(':') && !NOT_FORWARDED.includes(name);
      if (value !== undefined && isForwarded) headers.set(name, String(value));
    }
    const init = { method: req.method ?? 'POST', headers, ...(call.body.length > 0 && { body: call.body }) };
    const response = await fetch(new URL(req.url ?? '/', this.target), init);
    const body = Buffer.from(await response.arrayBuffer());
    const answered = [...response.headers].filter(([name]) => !NOT_FORWARDED.includes(name));
    return { status: response.status, headers: Object.fromEntries(answered), body };
  }
}
