/**
 * `npm run stress`: forgeries, faults and load, with every webhook accounted for (docs/reliability.md). With names after
 * `--`, only those parts; with `--brief`, as `npm test` runs them. Ends with status 1 where a claim does not hold.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { exitOnSignals } from '../dev/common/command.ts';
import { step } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import type { Extent, Row } from './part.ts';
import { PARTS } from './parts.ts';

const { values, positionals } = parseArgs({
  options: { brief: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !PARTS.some((part) => part.name === name));
if (unknown) throw new Error(`no part is named ${unknown}; use ${PARTS.map(({ name }) => name).join(', ')}`);
const extent: Extent = values.brief ? 'brief' : 'full';

exitOnSignals();
const tables: string[] = [];
const broken: string[] = [];
// What it says is about what is deployed.
delete process.env.GENESYS_WEBHOOK_BIN;
delete process.env.GENESYS_WEBHOOK_ROTATION_BIN;
for (const { name, title, run, cannotRun, onlyFull } of PARTS) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (onlyFull && values.brief) continue;
  const reason = cannotRun?.();
  if (reason) {
    tables.push(`## ${title}\n\nnot run: ${reason}`);
    broken.push(`${name}: not run: ${reason}`);
    continue;
  }
  const start = Date.now();
  const rows = await step(title, (note) => run(extent, note)).catch((error: Error): Row[] => [
    { what: error.message, figure: 'failed', holds: false },
  ]);
  tables.push(`## ${title}\n\n${table(rows)}\n\n${((Date.now() - start) / 1000).toFixed(0)} s`);
  broken.push(
    ...rows.filter(({ holds }) => holds === false).map(({ what, figure }) => `${name}: ${what}: ${figure}`),
  );
}

const machine = `${cpus().length} CPUs (${cpus()[0]?.model}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, Node ${process.version}`;
const report = `${extent}; ${machine}\n\n${tables.join('\n\n')}\n`;
console.log(`\n${report}`);
mkdirSync(`${root}/.local`, { recursive: true });
writeFileSync(`${root}/.local/stress.md`, report);
console.log(broken.length === 0 ? 'every claim holds' : `these do not hold:\n${broken.join('\n')}`);
// Whatever a failed part has left open is not worth waiting for.
process.exit(broken.length === 0 ? 0 : 1);

/** As docs/reliability.md has it. */
function table(rows: readonly Row[]): string {
  const mark = ({ holds }: Row) => (holds === undefined ? '' : holds ? '✓' : '✗');
  const lines = rows.map((row) => `| ${row.what} | ${row.figure} | ${mark(row)} |`);
  return ['| what | figure | |', '|---|---|---|', ...lines].join('\n');
}
