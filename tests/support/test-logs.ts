/** Everything the function wrote during the tests, and what must not be in it. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', '..', '.local', 'test-logs');
const FORBIDDEN = join(FOLDER, 'forbidden.txt');

/** Appends to the suite's log file. */
export function keepLog(suite: string, text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(join(FOLDER, `${suite}.log`), text);
}

/** Says that these strings (secrets, signatures, markers in payloads) may stand in no log. */
export function forbid(...values: string[]): void {
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(FORBIDDEN, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

/** Where a forbidden string stands in a log, as itself, in JSON or in base64; without the string itself. */
export function findLeaks(): string[] {
  const forbidden = new Set(lines(readFileSync(FORBIDDEN, 'utf8')).map((line): string => JSON.parse(line)));
  const needles = [...forbidden].flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
  ]);
  return logFiles().flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const found = needles.map((needle) => text.indexOf(needle)).filter((offset) => offset >= 0);
    return found.map((offset) => `${file}:${lines(text.slice(0, offset)).length}`);
  });
}

/** The log files there are. */
export function logFiles(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(FOLDER, name));
}

function lines(text: string): string[] {
  return text.split('\n').filter(Boolean);
}
