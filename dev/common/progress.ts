/**
 * Progress of steps that take a while: on a terminal one line that is kept up to date, in a log a line at the start,
 * now and then one in between, and one at the end.
 */
import { stderr } from 'node:process';

const REFRESH_MS = 200;
const LOG_INTERVAL_MS = 20_000;

/** Shows the latest line of what a step runs. */
export type Note = (line: string) => void;

/** Runs `work` as a step with a title; its result and its error pass through. */
export async function step<T>(title: string, work: (note: Note) => Promise<T>): Promise<T> {
  const start = Date.now();
  let latest = '';
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
  const show = () => {
    const line = `• ${title} … ${seconds()}  ${latest}`;
    stderr.write(stderr.isTTY ? `\r\x1b[K${line.slice(0, stderr.columns - 1)}` : `${line}\n`);
  };
  const finish = (mark: string) => {
    clearInterval(timer);
    stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}${mark} ${title} (${seconds()})\n`);
  };
  const timer = setInterval(show, stderr.isTTY ? REFRESH_MS : LOG_INTERVAL_MS);
  try {
    const result = await work((line) => {
      latest = line.trim();
    });
    finish('✓');
    return result;
  } catch (error) {
    finish('✗');
    throw error;
  }
}
