/** The binary that is deployed, built and put through the contract tests. */
import { arch, platform } from 'node:process';
import type { CargoLambda } from '../../cdk/cargo-lambda.ts';
import { buildArm64 } from '../build.ts';
import { arm64Toolchain } from '../common/arm64.ts';
import { execute } from '../common/command.ts';
import { nodeTests, type Result, type Suite } from './suite.ts';

/** Debian's folder for the arm64 C library (`libc6-arm64-cross`). */
const ARM64_LIBC = '/usr/aarch64-linux-gnu';

/**
 * Looks into the binary with the first tests, and runs it in the others. What this machine can't do is skipped with the
 * reason; in CI that is a failure.
 */
export function arm64(fileTests: readonly string[], contractTests: readonly string[]): Suite {
  const run = async () => {
    let toolchain: CargoLambda;
    try {
      toolchain = await arm64Toolchain();
    } catch (error) {
      return unavailable(`not built for arm64: ${(error as Error).message}`);
    }
    const bootstrap = await buildArm64();
    const env = { GENESYS_WEBHOOK_ARM64_BIN: bootstrap };
    const runner = await findRunner(toolchain, bootstrap);
    if (runner !== undefined) {
      Object.assign(env, { GENESYS_WEBHOOK_BIN: bootstrap, GENESYS_WEBHOOK_RUNNER: runner });
      return nodeTests('arm64', [...fileTests, ...contractTests], env).run();
    }
    const looked = await nodeTests('arm64', fileTests, env).run();
    return sum(looked, unavailable('the arm64 binary was not run: no qemu-aarch64 runs it here'));
  };
  return { name: 'arm64', run };
}

/** What runs an arm64 binary here, as words separated by spaces: none on arm64 itself, else qemu. */
async function findRunner({ env }: CargoLambda, bootstrap: string): Promise<string | undefined> {
  if (platform === 'linux' && arch === 'arm64') return '';
  const qemu = ['qemu-aarch64', 'qemu-aarch64-static'].map((program) => `${program} -L ${ARM64_LIBC}`);
  for (const runner of [env.CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER, ...qemu]) {
    const [program, ...args] = runner?.split(' ') ?? [];
    if (!runner || !program) continue;
    // Without its configuration the function says so and ends: enough to see that it runs.
    const { lines } = await execute(program, [...args, bootstrap], { env: {} }).catch(() => ({ lines: [] }));
    if (lines.some((line) => line.includes('EVENT_BUS_NAME'))) return runner;
  }
  return undefined;
}

function unavailable(reason: string): Result {
  const inCi = process.env.CI === 'true';
  return { passed: 0, failed: inCi ? 1 : 0, skipped: inCi ? 0 : 1, output: [`﹣ ${reason}`] };
}

function sum(a: Result, b: Result): Result {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    output: [...a.output, ...b.output],
  };
}
