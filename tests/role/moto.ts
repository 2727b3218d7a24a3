/** moto, started by `moto-server.py`: AWS with IAM enforced, in a process that ends with this one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installed, venvBin } from '../../dev/common/venv.ts';

export type Moto = Awaited<ReturnType<typeof startMoto>>;

export async function startMoto() {
  await installed('moto');
  const server = spawn(`${venvBin}/python`, [join(import.meta.dirname, 'moto-server.py')], {
    // Nothing of the user's own AWS set-up.
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(server, 'close');
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('moto ended: see above');
    return JSON.parse(value);
  };
  return {
    endpoint: `http://127.0.0.1:${await answer()}`,
    /** Calls one of the script's functions. The answers come in the order of the calls. */
    call(name: 'deploy' | 'rotate' | 'beginRotation' | 'assumeRoleWith', ...args: unknown[]) {
      server.stdin.write(`${JSON.stringify([name, ...args])}\n`);
      return answer();
    },
    async stop(): Promise<void> {
      server.stdin.end();
      await ended;
    },
  };
}
