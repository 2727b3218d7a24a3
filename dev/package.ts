/**
 * `npm run package`: `dist/genesys-webhook-VERSION.tgz`, the construct library with the functions ready for Lambda and the
 * command line, and a software bill of materials of each half. Prints size and SHA-256.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { buildArm64 } from './build.ts';
import { addArm64Target } from './common/arm64-target.ts';
import { exitOnSignals } from './common/command.ts';
import { step } from './common/progress.ts';
import { root } from './common/root.ts';
import { installed } from './common/venv.ts';
import { billsOfMaterials } from './package/bill-of-materials.ts';
import { DIST, makePackage } from './package/package.ts';

exitOnSignals();
await installed('cargo-lambda');
await addArm64Target();
const bootstraps = await step('building the functions for arm64', buildArm64);
const { tarball, metafile } = await step('packing', (note) => makePackage(bootstraps, DIST, note));
const bills = await step('writing the bills of materials', (note) => billsOfMaterials(metafile, DIST, note));
for (const file of [tarball, ...Object.values(bootstraps), ...bills]) {
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  console.log(`${hash}  ${String(statSync(file).size).padStart(9)} bytes  ${relative(root, file)}`);
}
