/** The project's Python packages: one virtual environment, filled only with what a task asks for. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { run } from './command.ts';
import { step } from './progress.ts';
import { root } from './root.ts';

/** A file of `dev/requirements`, whose packages are pinned with hashes. */
export type PythonPackages = 'local-aws' | 'cargo-lambda' | 'cfn-lint' | 'moto';

const venv = `${root}/.venv`;
/** The folder of the virtual environment's programs. It exists once {@link installed} has resolved. */
export const venvBin = `${venv}/bin`;

/** Installs the packages if they are not installed already as the requirements file has them now. */
export async function installed(packages: PythonPackages): Promise<void> {
  const requirements = `${root}/dev/requirements/${packages}.txt`;
  const stamp = `${venv}/.${packages}`;
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  // The venv's Python is a link, which a system upgrade breaks.
  const usable = existsSync(`${venvBin}/python`);
  if (usable && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await step(`installing the Python packages for ${packages}`, async (note) => {
    if (!usable) {
      await run(process.env.PYTHON ?? 'python3', ['-m', 'venv', '--clear', venv], { onLine: note });
    }
    // --no-deps with hashes: exactly what the file names, and nothing else.
    const options = [
      '--require-hashes',
      '--no-deps',
      '--disable-pip-version-check',
      '--requirement',
      requirements,
    ];
    await run(`${venvBin}/python`, ['-m', 'pip', 'install', ...options], { onLine: note });
    writeFileSync(stamp, wanted);
  });
}
