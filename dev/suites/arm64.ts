/** The binary that is deployed, built and put through the contract tests. */
import { cannotBuild } from '../../cdk/build-function.ts';
import { buildArm64 } from '../build.ts';
import { execute } from '../common/command.ts';
import { nodeTests, type Result, type Suite } from './suite.ts';

/** The variable that names the runner of arm64 binaries for cargo: words separated by spaces. */
const RUNNER = 'CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER';

/**
 * The first tests inspect the binary; the others run it. Compiler, cargo-lambda and runner come from the environment. A
 * missing one skips the tests with the reason; in CI that is a failure.
 */
export function arm64(fileTests: readonly string[], contractTests: readonly string[]): Suite {
  const run = async () => {
    const reason = cannotBuild();
    if (reason) return unavailable(reason);
    const { 'genesys-webhook': bootstrap } = await buildArm64();
    const env = { GENESYS_WEBHOOK_ARM64_BIN: bootstrap };
    const runner = await findRunner(bootstrap);
    if (runner !== undefined) {
      Object.assign(env, { GENESYS_WEBHOOK_BIN: bootstrap, GENESYS_WEBHOOK_RUNNER: runner });
      return nodeTests('arm64', [...fileTests, ...contractTests], env).run();
    }
    const looked = await nodeTests('arm64', fileTests, env).run();
    return sum(
      looked,
      unavailable(
        `the arm64 binary was not run: this machine can't, and ${RUNNER} names no program that can by its absolute path, such as \`qemu-aarch64 -L DIR\` with an arm64 C library in DIR`,
      ),
    );
  };
  return { name: 'arm64', run };
}

/** The environment's runner, or '' if the machine runs arm64 itself, or undefined if neither does. */
async function findRunner(bootstrap: string): Promise<string | undefined> {
  for (const runner of [process.env[RUNNER] ?? '', '']) {
    const [program = bootstrap, ...args] = [...runner.split(' ').filter(Boolean), bootstrap];
    // Without its configuration the function says so and ends: enough to see that it runs.
    const { lines } = await execute(program, args, { env: {} }).catch(() => ({ lines: [] }));
    if (lines.some((line) => line.includes('EVENT_BUS_NAME'))) return runner;
  }
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
