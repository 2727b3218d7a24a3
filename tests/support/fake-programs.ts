import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts shell scripts in place of programs; what they say decides what a machine seems to have. */
export function install(folder: string, scripts: Record<string, string>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}
