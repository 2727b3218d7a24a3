/** A page of a foreign origin in a headless Chromium of the system's packages. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute } from '../../dev/common/command.ts';

const PAGE_LIMIT_MS = 90_000;
const OPTIONS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A `fetch` of the page. */
export interface Attempt {
  readonly url: string;
  readonly init?: object;
}

/** What the page could read of its answer. */
export interface Read {
  readonly read?: string;
}

/** Lets a page make each attempt, one after the other. */
export async function openPage(
  attempts: readonly Attempt[],
): Promise<{ readonly results: readonly Read[] } | { readonly unavailable: string }> {
  const browser = await find(['chromium', '/usr/bin/chromium', 'chromium-browser']);
  if (!browser) return { unavailable: 'this machine has no chromium' };
  let report: (results: Read[]) => void = () => {};
  const reported = new Promise<Read[]>((resolve) => {
    report = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') report(JSON.parse(await text(request)));
    response.setHeader('content-type', 'text/html').end(`<!doctype html><script type="module">
      const results = [];
      for (const { url, init } of ${JSON.stringify(attempts)}) {
        try {
          const response = await fetch(url, init);
          const read = await response.text();
          results.push(response.type === 'opaque' ? {} : { read: response.status + ' ' + read });
        } catch {
          results.push({});
        }
      }
      await fetch('/', { method: 'POST', body: JSON.stringify(results) });
    </script>`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const profile = mkdtempSync(join(tmpdir(), 'browser-'));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const child = spawn(browser, [...OPTIONS, `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
    detached: true,
  });
  const exited = once(child, 'exit');
  try {
    const late = sleep(PAGE_LIMIT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`the page in ${browser} did not report within ${PAGE_LIMIT_MS} ms`);
    });
    return { results: await Promise.race([reported, late]) };
  } finally {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
    await exited;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function find(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const { status } = await execute(program, ['--version']).catch(() => ({ status: 1 }));
    if (status === 0) return program;
  }
  return undefined;
}
