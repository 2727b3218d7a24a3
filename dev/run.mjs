/**
 * The entry of every npm script: `node dev/run.mjs FOLDER/TASK.ts ARGS`.
 *
 * Plain Node without dependencies, so that it works on a fresh clone: it names what the machine lacks, installs
 * `node_modules` when they differ from the lock file, and hands over to the task in this same process.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const file = process.argv[2] ?? '';
const task = file.replace(/^.*\/|\.ts$/g, '');

/** What each task needs beside Node. */
const needs = {
  start: ['rust', 'python'],
  test: ['rust', 'python'],
  package: ['rust', 'python'],
  setup: ['rust', 'python'],
  bench: ['rust'],
  stress: ['rust'],
  // The construct itself says what it lacks, if it has to compile.
  synth: [],
  deploy: [],
  webhook: [],
};

const read = (path) => readFileSync(new URL(path, root), 'utf8');

/** The first version number that a command prints, or undefined where it does not run. */
function versionOf(command, ...options) {
  const { status, stdout } = spawnSync(command, options, { encoding: 'utf8' });
  return status === 0 ? stdout.match(/\d+(\.\d+)+/)?.[0] : undefined;
}

function atLeast(version, wanted) {
  const parts = (version ?? '0').split('.').map(Number);
  const [difference = 0] = wanted
    .split('.')
    .map((part, i) => (parts[i] ?? 0) - Number(part))
    .filter(Boolean);
  return difference >= 0;
}

/** The function is built by cargo-lambda and zig, and the local AWS runs it by a shell script. */
function missingSystem() {
  return process.platform === 'win32' ? ['Linux or macOS: on Windows, use WSL (https://aka.ms/wsl)'] : [];
}

function missingNode() {
  const { node } = process.versions;
  return atLeast(node, '20') ? [] : [`Node 20 or newer (this is ${node}): https://nodejs.org`];
}

function missingRust() {
  const wanted = read('Cargo.toml').match(/^rust-version = "(.+)"/m)[1];
  const found = ['cargo', 'rustc'].map((tool) => versionOf(tool, '--version'));
  if (found.every((version) => atLeast(version, wanted))) return [];
  const how = found.includes(undefined) ? 'install it from https://rustup.rs' : 'run `rustup update stable`';
  return [`Rust ${wanted} or newer (found: ${found.map((v) => v ?? 'none').join(' and ')}): ${how}`];
}

/** Leaves the Python that serves in `PYTHON` for `dev/common/venv.ts`; a caller's own `PYTHON` comes first. */
function missingPython() {
  const names = [process.env.PYTHON, 'python3', ...[14, 13, 12, 11].map((minor) => `python3.${minor}`)];
  // Debian ships Python without ensurepip, and a venv without it has no pip.
  const probe = 'import ensurepip, venv, platform; print(platform.python_version())';
  const python = names.find((name) => name && atLeast(versionOf(name, '-c', probe), '3.11'));
  if (python) process.env.PYTHON = python;
  return python
    ? []
    : [
        'Python 3.11 or newer with venv: https://www.python.org, or `apt install python3-venv` / `brew install python`',
      ];
}

/** Compares what npm recorded of the installed packages with the lock file; packages for other platforms may lack. */
function nodeModulesMatchLock() {
  try {
    const installed = JSON.parse(read('node_modules/.package-lock.json')).packages;
    const { '': _root, ...wanted } = JSON.parse(read('package-lock.json')).packages;
    return Object.entries(wanted).every(([path, { version, optional }]) =>
      path in installed ? installed[path].version === version : optional,
    );
  } catch {
    return false;
  }
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

if (!Object.hasOwn(needs, task)) stop(`usage: npm run TASK, with a TASK of ${Object.keys(needs).join(', ')}`);

const missing = [
  ...missingSystem(),
  ...missingNode(),
  ...(needs[task].includes('rust') ? missingRust() : []),
  ...(needs[task].includes('python') ? missingPython() : []),
];
if (missing.length > 0) stop(`this machine lacks:\n${missing.map((line) => `  - ${line}`).join('\n')}`);

if (!nodeModulesMatchLock()) {
  // Standard output is the task's.
  console.error('• installing the node packages of package-lock.json');
  // As .npmrc says, whatever the environment says: no package needs its install script.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', ['ci', ...options], {
    cwd: root,
    stdio: ['inherit', process.stderr.fd, 'inherit'],
  });
  if (status !== 0) stop('npm ci failed: see above, then run this again');
}

// Silences the AWS SDK's warning that it will drop Node 20.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.argv.splice(2, 1);
const { register } = await import('tsx/esm/api');
register();
await import(new URL(file, root).href).catch((error) =>
  stop(`✗ ${process.env.DEBUG ? error.stack : error.message}`),
);
