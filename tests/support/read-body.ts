import type { Readable } from 'node:stream';

/** The body of a request. `stream/consumers` would do, at half the invocations a second. */
export function readBody(request: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => resolve(Buffer.concat(chunks)))
      .on('error', reject);
  });
}
