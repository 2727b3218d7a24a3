/** The part of a CPU that Lambda gives a function by its memory, as a control group of Linux (versions 1 and 2). */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';

/** Lambda guide, "Configure Lambda function memory": at 1,769 MB a function has one CPU. */
const MB_OF_A_CPU = 1_769;
/** What functions on Lambda read of their own group (`cpu.cfs_period_us`); AWS does not document it. */
const PERIOD_US = 20_000;

const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

export class CpuQuota {
  readonly #folder: string;

  constructor(memoryMb: number) {
    const isV2 = existsSync(`${V2}/cgroup.controllers`);
    this.#folder = `${isV2 ? V2 : V1}/genesys-webhook-bench-${process.pid}`;
    const quota = Math.round((PERIOD_US * memoryMb) / MB_OF_A_CPU);
    if (isV2) writeFileSync(`${V2}/cgroup.subtree_control`, '+cpu');
    mkdirSync(this.#folder);
    if (isV2) writeFileSync(`${this.#folder}/cpu.max`, `${quota} ${PERIOD_US}`);
    else {
      writeFileSync(`${this.#folder}/cpu.cfs_period_us`, String(PERIOD_US));
      writeFileSync(`${this.#folder}/cpu.cfs_quota_us`, String(quota));
    }
  }

  /** Why this machine can't, or undefined. */
  static unavailable(): string | undefined {
    try {
      new CpuQuota(128).remove();
    } catch (error) {
      return `control groups cannot be made here (${(error as Error).message}): it takes Linux, and root`;
    }
  }

  /** A process and all its threads, from now on. */
  add(pid: number): void {
    writeFileSync(`${this.#folder}/cgroup.procs`, String(pid));
  }

  /** Once its processes have ended. */
  remove(): void {
    rmdirSync(this.#folder);
  }
}
