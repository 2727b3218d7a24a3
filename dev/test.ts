/**
 * `npm test`: sets up what is missing, builds the functions, and runs every suite, two side by side. With names after
 * `--`, only those suites. What the suites printed is in `.local/test-output`; what the function logged during them is
 * in `.local/test-logs`, where the last suite looks for secrets.
 *
 * `node-22` and its like run some suites once more under another Node, which they download: by name, or where `CI` is
 * `true`.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { buildHost } from './build.ts';
import { exitOnSignals } from './common/command.ts';
import { step } from './common/progress.ts';
import { root } from './common/root.ts';
import { installed } from './common/venv.ts';
import { arm64 } from './suites/arm64.ts';
import { otherNodes, underNode } from './suites/node.ts';
import { cargoTests, command, nodeTests, type Result, type Suite } from './suites/suite.ts';

const STILL_RUNNING_INTERVAL_MS = 30_000;
const LINES_SHOWN = 60;
const OUTPUT = `${root}/.local/test-output`;

const wanted = process.argv.slice(2);
const start = Date.now();
const running = new Set<string>();
const totals = { passed: 0, failed: 0, skipped: 0 };

exitOnSignals();
for (const folder of [OUTPUT, `${root}/.local/test-logs`]) rmSync(folder, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });

// Before any suite starts: two at once must not install into one environment.
for (const packages of ['local-aws', 'cfn-lint', 'moto'] as const) await installed(packages);
const host = await step('building the functions', buildHost);

const binaries = {
  GENESYS_WEBHOOK_BIN: host.binary,
  GENESYS_WEBHOOK_ROTATION_BIN: host.rotationBinary,
};
const folder = (path: string) => nodeTests(basename(path), testFiles(path), binaries);
const rust: Suite[] = [
  command('format (Rust)', 'cargo fmt --all --check'),
  command('lint (Rust)', 'cargo clippy --workspace --all-targets --locked -- -D warnings'),
  cargoTests('cargo test', '--workspace', '--locked'),
  arm64(
    testFiles('tests/arm64'),
    // Every outcome, every published event, and a call over TLS: qemu is slow.
    ['contract', 'metrics', 'published-event'].map((name) => `tests/function/${name}.test.ts`),
  ),
  folder('stress'),
];
// The long ones come first, because a free lane takes the next in the list.
const typescript: Suite[] = [
  command('types', 'node_modules/.bin/tsc --noEmit'),
  command('format and lint', 'node_modules/.bin/biome ci --error-on-warnings --colors=off'),
  ...['tests/end-to-end', 'tests/package', 'bench', ...testFolders()].map(folder),
];
/** The suites that show whether our own TypeScript runs there: the function itself needs no Node. */
const underOthers = otherNodes().map((major) =>
  underNode(
    major,
    ['function', 'cdk', 'cli', 'dev'].flatMap((name) => testFiles(`tests/${name}`)),
    binaries,
  ),
);
const last = nodeTests('no leaks', testFiles('tests'));

const names = [...rust, ...typescript, ...underOthers, last].map(({ name }) => name);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`there is no suite ${unknown}; there are ${names.join(', ')}`);

const stillRunning = setInterval(
  () => console.log(`  … ${[...running].join(', ')} (${elapsed(start)})`),
  STILL_RUNNING_INTERVAL_MS,
);
// Only one lane runs cargo, because a second cargo would wait for the first.
const others = wanted.length > 0 || process.env.CI === 'true' ? underOthers : [];
const [cargo, either] = [selected(rust), selected([...typescript, ...others])];
await Promise.all([runAll(cargo).then(() => runAll(either)), runAll(either)]);
await runAll(selected([last]));
clearInterval(stillRunning);

console.log(`\n${elapsed(start)}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

function selected(suites: readonly Suite[]): Suite[] {
  return suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
}

/** Takes suites off the list until there is none left. */
async function runAll(suites: Suite[]): Promise<void> {
  for (let suite = suites.shift(); suite; suite = suites.shift()) {
    const began = Date.now();
    running.add(suite.name);
    const result = await suite
      .run()
      .catch(
        (error: Error): Result => ({ passed: 0, failed: 1, skipped: 0, output: error.message.split('\n') }),
      );
    running.delete(suite.name);
    report(suite.name, result, elapsed(began));
  }
}

function report(name: string, result: Result, time: string): void {
  for (const key of ['passed', 'failed', 'skipped'] as const) totals[key] += result[key];
  const { passed, failed, skipped, output } = result;
  const counts = `${passed} passed${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} skipped` : ''}`;
  console.log(`${failed ? '✗' : '✓'} ${name.padEnd(18)} ${counts.padEnd(28)} ${time}`);
  writeFileSync(`${OUTPUT}/${name.replaceAll(' ', '-')}.txt`, `${output.join('\n')}\n`);
  for (const line of failed ? failures(output) : skips(output)) console.log(`    ${line}`);
}

/** The part that says what failed. Test runners repeat it at the end of their output. */
function failures(output: readonly string[]): readonly string[] {
  const summary = output.findIndex((line) => line === '✖ failing tests:' || line === 'failures:');
  return summary === -1 ? output.slice(-LINES_SHOWN) : output.slice(summary);
}

function skips(output: readonly string[]): readonly string[] {
  return output.filter((line) => /^ *﹣/.test(line));
}

function elapsed(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** The folders of `tests/` with suites, except those named in the lists above. */
function testFolders(): string[] {
  return readdirSync(`${root}/tests`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['arm64', 'end-to-end', 'package'].includes(entry.name))
    .map(({ name }) => `tests/${name}`)
    .filter((path) => testFiles(path).length > 0);
}

function testFiles(path: string): string[] {
  if (!existsSync(`${root}/${path}`)) throw new Error(`${path} is not there`);
  return readdirSync(`${root}/${path}`)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${path}/${name}`);
}
