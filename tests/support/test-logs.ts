/** Everything the function wrote during the tests, and what must not be in it. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../dev/common/root.ts';

const FOLDER = join(root, '.local', 'test-logs');
/** Fewer characters may stand in a log by accident. */
const SHORTEST_FORBIDDEN = 8;
const FORBIDDEN = 'forbidden.txt';

/** Appends to the suite's log file. */
export function keepLog(suite: string, text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(join(FOLDER, `${suite}.log`), text);
}

/**
 * Says that these strings (secrets, signatures, markers in payloads) may stand in no log.
 *
 * @throws where one is so short that a log may hold it by accident
 */
export function forbid(...values: string[]): void {
  if (values.some(({ length }) => length < SHORTEST_FORBIDDEN)) {
    throw new Error(
      `a forbidden string needs ${SHORTEST_FORBIDDEN} characters or more: make the test's secret longer`,
    );
  }
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(join(FOLDER, FORBIDDEN), values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

/** Where a forbidden string stands in a log, as itself, in JSON or in base64; which one is said by its line. */
export function findLeaks(folder = FOLDER): string[] {
  const forbidden = readFileSync(join(folder, FORBIDDEN), 'utf8').trimEnd().split('\n');
  const lineOf = new Map(forbidden.map((json, index): [string, number] => [JSON.parse(json), index + 1]));
  const logs = logFiles(folder).map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  return [...lineOf].flatMap(([value, line]) => {
    const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
    const needles = [value, JSON.stringify(value).slice(1, -1), base64];
    const holding = logs.filter(({ text }) => needles.some((needle) => text.includes(needle)));
    return holding.map(({ file }) => `${file} holds what line ${line} of ${FORBIDDEN} forbids`);
  });
}

/** The log files there are. */
export function logFiles(folder = FOLDER): string[] {
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return logs.map((name) => join(folder, name));
}
