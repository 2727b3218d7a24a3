import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const own = realpathSync(mkdtempSync(join(tmpdir(), 'genesys-webhook-')));
process.once('exit', () => rmSync(own, { recursive: true, maxRetries: 5 }));

/** A new folder, which goes when the process does. */
export function temporaryFolder(): string {
  return mkdtempSync(`${own}/`);
}
