/** `npm start` as a person runs it: what it shows, what it can be asked meanwhile, and that nothing is left of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { keepLog } from '../support/test-logs.ts';

/** A running `npm start`, with its lines so far. */
class Start {
  readonly lines: string[] = [];
  readonly #child;

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [`${root}/dev/run.mjs`, 'dev/start.ts', ...args], { cwd: root });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        keepLog('start', `${line}\n`);
        this.#child.emit('line', line);
      });
    }
  }

  /** Waits for a line, which may have come already. */
  async shows(pattern: RegExp): Promise<string> {
    for (;;) {
      const line = this.lines.find((shown) => pattern.test(shown));
      if (line) return line;
      if (this.#child.exitCode !== null)
        throw new Error(`it ended without ${pattern}:\n${this.lines.join('\n')}`);
      await Promise.race([once(this.#child, 'line'), once(this.#child, 'exit')]);
    }
  }

  async ends(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal) this.#child.kill(signal);
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  /** Where the webhook's listener is, and, once it is shown, the local AWS behind it. */
  get origins(): string[] {
    const shown =
      this.lines.join('\n').match(/http:\/\/127\.0\.0\.1:\d+/g) ?? assert.fail('it showed no URL');
    return [...new Set(shown)];
  }
}

async function assertGone(origins: string[]): Promise<void> {
  for (const origin of origins) await assert.rejects(fetch(origin), `${origin} is gone`);
}

describe('npm start', { concurrency: true }, () => {
  test('npm start --once shows the 200, the log line and the event, and exits with 0, though its port is taken', async () => {
    const other = createServer().listen(4566, '127.0.0.1');
    await once(other, 'listening').catch(() => {}); // then somebody else has it, which serves as well
    const start = new Start('--once');
    try {
      assert.equal(await start.ends(), 0, start.lines.join('\n'));
      await start.shows(/^Webhook URL: http:\/\/127\.0\.0\.1:/);
      await start.shows(/^answer: 200 {"status":"success"}$/);
      await start.shows(/"outcome":"accepted"/);
      await start.shows(/"detail-type": "conversation:created"/);
      assert.doesNotMatch(start.origins.join(), /:4566/);
      await assertGone(start.origins);
    } finally {
      await start.ends('SIGKILL');
      other.close();
    }
  });

  test('npm start stays up, follows the log of what a second terminal sends by the command it shows, and ends on Ctrl-C', async () => {
    const start = new Start();
    try {
      await start.shows(/Ctrl-C ends everything/);
      const shown = start.lines.slice(start.lines.findIndex((line) => line.includes('second terminal')) + 1);
      const command = shown.slice(0, shown.indexOf('')).join('\n');
      const { status, lines } = await execute('bash', ['-c', command], { cwd: root });
      assert.equal(status, 0, lines.join('\n'));
      await start.shows(/^{.*"outcome":"accepted".*}$/);
      assert.equal(await start.ends('SIGINT'), 0);
      await start.shows(/nothing is left running/);
      assert.equal(start.origins.length, 2);
      await assertGone(start.origins);
    } finally {
      await start.ends('SIGKILL');
    }
  });

  test('a killed npm start takes the local AWS with it', async () => {
    const start = new Start();
    await start.shows(/Ctrl-C ends everything/);
    await start.ends('SIGKILL');
    const up = async () =>
      (await Promise.allSettled(start.origins.map((origin) => fetch(origin)))).some(
        ({ status }) => status === 'fulfilled',
      );
    for (let tries = 0; tries < 50 && (await up()); tries += 1) await sleep(20);
    await assertGone(start.origins);
  });

  test('npm start --demo rotation plays a planned rotation in which nothing is refused, and ends with the counts', async () => {
    const start = new Start('--demo', 'rotation');
    try {
      assert.equal(await start.ends(), 0, start.lines.join('\n'));
      for (const stage of ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']) {
        await start.shows(new RegExp(`^ +\\d+ signed: verified by version [0-9a-f-]{36} as ${stage}$`));
      }
      await start.shows(/^ +\d+ forged: refused with 401$/);
      await start.shows(/every signed webhook was accepted and every forged one refused/);
    } finally {
      await start.ends('SIGKILL');
    }
  });
});
