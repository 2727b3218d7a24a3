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

/** A running `npm start`, for `check` alone. */
async function start(args: string[], check: (running: ReturnType<typeof watched>) => Promise<unknown>) {
  const running = watched(args);
  try {
    await check(running);
  } finally {
    await running.ends('SIGKILL');
  }
}

function watched(args: string[]) {
  const child = spawn(process.execPath, [`${root}/dev/run.mjs`, 'dev/start.ts', ...args], { cwd: root });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      keepLog('start', `${line}\n`);
      child.emit('line', line);
    });
  }
  return {
    lines,
    /** Waits for a line, which may have come already. */
    async shows(pattern: RegExp): Promise<void> {
      while (!lines.some((line) => pattern.test(line))) {
        if (child.exitCode !== null) throw new Error(`it ended without ${pattern}:\n${lines.join('\n')}`);
        await Promise.race([once(child, 'line'), once(child, 'exit')]);
      }
    },
    async ends(signal?: NodeJS.Signals): Promise<number | null> {
      if (signal) child.kill(signal);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
      return child.exitCode;
    },
    /** Where the webhook's listener is, and, once it is shown, the local AWS behind it. */
    origins: () => new Set(lines.join('\n').match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []),
  };
}

async function assertGone(origins: Set<string>): Promise<void> {
  assert.ok(origins.size > 0, 'it showed a URL');
  for (const origin of origins) await assert.rejects(fetch(origin), `${origin} is gone`);
}

describe('npm start', { concurrency: true }, () => {
  test('npm start --once shows the 200, the log line and the event, and exits with 0, though its port is taken', async () => {
    const other = createServer().listen(4566, '127.0.0.1');
    await once(other, 'listening').catch(() => {}); // then somebody else has it, which serves as well
    await start(['--once'], async ({ lines, shows, ends, origins }) => {
      assert.equal(await ends(), 0, lines.join('\n'));
      await shows(/^Webhook URL: http:\/\/127\.0\.0\.1:/);
      await shows(/^answer: 200 {"status":"success"}$/);
      await shows(/"outcome":"accepted"/);
      await shows(/"detail-type": "conversation:created"/);
      assert.doesNotMatch([...origins()].join(), /:4566/);
      await assertGone(origins());
    }).finally(() => other.close());
  });

  test('npm start stays up, follows the log of what a second terminal sends by the command it shows, and ends on Ctrl-C', () =>
    start([], async ({ lines, shows, ends, origins }) => {
      await shows(/Ctrl-C ends everything/);
      const shown = lines.slice(lines.findIndex((line) => line.includes('second terminal')) + 1);
      const command = shown.slice(0, shown.indexOf('')).join('\n');
      const sent = await execute('bash', ['-c', command], { cwd: root });
      assert.equal(sent.status, 0, sent.lines.join('\n'));
      await shows(/^{.*"outcome":"accepted".*}$/);
      assert.equal(await ends('SIGINT'), 0);
      await shows(/nothing is left running/);
      assert.equal(origins().size, 2);
      await assertGone(origins());
    }));

  test('a killed npm start takes the local AWS with it', () =>
    start([], async ({ shows, ends, origins }) => {
      await shows(/Ctrl-C ends everything/);
      await ends('SIGKILL');
      const isUp = async () =>
        (await Promise.allSettled([...origins()].map((origin) => fetch(origin)))).some(
          ({ status }) => status === 'fulfilled',
        );
      for (let tries = 0; tries < 50 && (await isUp()); tries += 1) await sleep(20);
      await assertGone(origins());
    }));

  test('npm start --demo rotation-by-hand plays a planned rotation in which nothing is refused, and ends with the counts', () =>
    start(['--demo', 'rotation-by-hand'], async ({ lines, shows, ends }) => {
      assert.equal(await ends(), 0, lines.join('\n'));
      for (const stage of ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']) {
        await shows(new RegExp(`^ +\\d+ signed: verified by version [0-9a-f-]{36} as ${stage}$`));
      }
      await shows(/^ +\d+ forged: refused with 401$/);
      await shows(/every signed webhook was accepted and every forged one refused/);
    }));

  test('npm start --demo rotation has Secrets Manager rotate the secret with Genesys, and ends with the counts', () =>
    start(['--demo', 'rotation'], async ({ lines, shows, ends }) => {
      assert.equal(await ends(), 0, lines.join('\n'));
      await shows(/is AWSPENDING; Genesys holds the new secret$/);
      await shows(/^ +[1-9]\d* signed: accepted$/);
      await shows(/^ +0 signed: refused$/);
      await shows(/^ +[1-9]\d* forged: refused$/);
      await shows(/^ +0 forged: accepted$/);
    }));

  test('npm start --demo outage parks what comes in two outages, and loses nothing of it', () =>
    start(['--demo', 'outage', '--outage-seconds', '4'], async ({ lines, shows, ends }) => {
      assert.equal(await ends(), 0, lines.join('\n'));
      for (const service of ['EventBridge', 'Secrets Manager'])
        await shows(new RegExp(`^${service} cannot be reached`));
      await shows(/^ +8 answered 200 {"status":"parked"}$/);
      await shows(/^ +10 on the bus$/);
      await shows(/^ +0 lost$/);
    }));
});
