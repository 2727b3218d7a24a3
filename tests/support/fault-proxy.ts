import type { Answer, Call } from './faults.ts';
import { FaultyServer, type Request, type Tls } from './faulty-server.ts';

/** Hop-by-hop headers, those that describe the encoding `fetch` has already undone, and what `fetch` says itself. */
const NOT_FORWARDED = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
  'expect',
  'host',
];

/** The stubs' faults in front of a real endpoint, such as the local AWS. */
export class FaultProxy extends FaultyServer {
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

  async #forward({ body }: Call, { method = 'POST', url = '/', headers }: Request): Promise<Answer> {
    const init = { method, headers: forwarded(Object.entries(headers)), ...(body.length > 0 && { body }) };
    const response = await fetch(new URL(url, this.target), init);
    const answer = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: forwarded(response.headers), body: answer };
  }
}

/** HTTP/2 says method and path in headers of its own, which start with a colon. */
function forwarded(headers: Iterable<[string, unknown]>): Record<string, string> {
  const kept = [...headers].filter(([name]) => !name.startsWith(':') && !NOT_FORWARDED.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
