/** Makes the package: an npm tarball that needs neither Rust nor this checkout. */
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import type { Binary } from '../../contract/binaries.ts';
import { run } from '../common/command.ts';
import type { Note } from '../common/progress.ts';
import { root } from '../common/root.ts';

export const DIST = `${root}/dist`;
/** The package's folder, before it is packed. */
const STAGE = `${root}/.local/package`;

const { name, version, description, license, engines } = JSON.parse(
  readFileSync(`${root}/package.json`, 'utf8'),
);
/** The name of every file that is made, without what it ends with. */
export const STEM = `${name}-${version}`;

/** The oldest that the package takes, with which `tests/package` runs it, too. */
export const OLDEST = { 'aws-cdk-lib': '2.240.0', constructs: '10.5.0' };

/** What npm reads of the package. */
const MANIFEST = {
  ...{ name, version, description, license, engines },
  main: './lib/cdk/index.js',
  types: './lib/cdk/index.d.ts',
  exports: {
    '.': { types: './lib/cdk/index.d.ts', default: './lib/cdk/index.js' },
    './package.json': './package.json',
  },
  // In the checkout they are the functions that cargo-lambda builds.
  imports: { '#own-code': './lib/cdk/packaged-code.js' },
  bin: { [name]: './bin/genesys-webhook.mjs' },
  peerDependencies: Object.fromEntries(Object.entries(OLDEST).map(([peer, oldest]) => [peer, `^${oldest}`])),
};

export interface Package {
  /** The path of the tarball. */
  readonly tarball: string;
  /** The path of esbuild's account of what the command line is made of. */
  readonly metafile: string;
}

/** Packs each `bootstrap` for Lambda and everything else into a tarball in `output`. The same input makes the same bytes. */
export async function makePackage(
  bootstraps: Readonly<Record<Binary, string>>,
  output: string,
  note: Note = () => {},
): Promise<Package> {
  rmSync(STAGE, { recursive: true, force: true });
  for (const folder of [STAGE, output]) mkdirSync(folder, { recursive: true });
  writeFileSync(`${STAGE}/package.json`, `${JSON.stringify(MANIFEST, null, 2)}\n`);
  for (const file of ['CHANGELOG.md', 'LICENSE', 'SECURITY.md', 'docs']) {
    cpSync(`${root}/${file}`, `${STAGE}/${file}`, { recursive: true });
  }
  const readme = readFileSync(`${root}/dev/package/README.md`, 'utf8');
  writeFileSync(`${STAGE}/README.md`, readme.replaceAll('](../../', ']('));
  for (const [folder, bootstrap] of [
    ['function', bootstraps['genesys-webhook']],
    ['rotation', bootstraps['genesys-webhook-rotation']],
  ] as const) {
    mkdirSync(`${STAGE}/${folder}`);
    cpSync(bootstrap, `${STAGE}/${folder}/bootstrap`);
    chmodSync(`${STAGE}/${folder}/bootstrap`, 0o755);
  }

  note('compiling the construct library');
  const tsc = [`${root}/node_modules/.bin/tsc`, ['-p', `${root}/dev/package/tsconfig.json`]] as const;
  await run(tsc[0], [...tsc[1], '--outDir', `${STAGE}/lib`], { onLine: note });

  note('bundling the command line');
  const metafile = await bundle(`${STAGE}/bin/genesys-webhook.mjs`);

  await run('npm', ['pack', '--pack-destination', output], { cwd: STAGE, onLine: note });
  return { tarball: `${output}/${STEM}.tgz`, metafile };
}

/** One file, so that the construct library brings no SDK clients. */
async function bundle(outfile: string): Promise<string> {
  const { metafile } = await build({
    entryPoints: [`${root}/cli/webhook.ts`],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: {
      js: [
        '#!/usr/bin/env node',
        "import { createRequire } from 'node:module';",
        // Parts of the SDK are CommonJS.
        'const require = createRequire(import.meta.url);',
        // The SDK's warning that it will drop Node 20.
        "process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';",
      ].join('\n'),
    },
    metafile: true,
    logLevel: 'error',
  });
  chmodSync(outfile, 0o755);
  const file = `${root}/.local/package-metafile.json`;
  writeFileSync(file, JSON.stringify(metafile));
  return file;
}
