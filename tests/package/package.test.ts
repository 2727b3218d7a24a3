/** The package as a stranger takes it: the tarball alone, in an empty folder, on a machine without Rust. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { cannotBuild } from '../../cdk/build-function.ts';
import { BINARIES } from '../../contract/binaries.ts';
import { buildArm64, wrapped } from '../../dev/build.ts';
import { run } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { deploy } from '../../dev/local-aws/deploy.ts';
import { startLocalAws } from '../../dev/local-aws/local-aws.ts';
import { Receiver } from '../../dev/local-aws/receiver.ts';
import { makeReproducible } from '../../dev/package/bill-of-materials.ts';
import { makePackage, OLDEST } from '../../dev/package/package.ts';
import { AARCH64, elf } from '../support/fake-programs.ts';
import { functionBinary, rotationBinary } from '../support/function-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { devDependencies: pinned } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const READ = /^(CHANGELOG|LICENSE|README|SECURITY)|^docs\//;
const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { GenesysWebhook, type GenesysWebhookProps, Monitoring, SignatureScheme } from 'genesys-webhook';

const props: GenesysWebhookProps = {
  signatureScheme: SignatureScheme.OPEN_MESSAGING,
  rotateWithGenesys: { region: 'eu-central-1', integrationId: 'an-integration' },
};
const stack = new Stack(new App(), 'Webhooks');
const webhook: GenesysWebhook = new GenesysWebhook(stack, 'Webhook', props);
new Monitoring(stack, 'Monitoring', { webhooks: [webhook] });
`;
/** Deployed with a function for this machine, which the local AWS can run. */
const LOCAL_APP = `
import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { GenesysWebhook } from 'genesys-webhook';

const app = new App();
const code = Code.fromAsset(app.node.getContext('code'));
new GenesysWebhook(new Stack(app, 'Webhooks'), 'Webhook', { code }).addOutputs();
`;
const [, README_APP = ''] =
  /^```js\n(.*?)^```/ms.exec(readFileSync(join(root, 'dev/package/README.md'), 'utf8')) ?? [];

describe('the package', () => {
  const folder = temporaryFolder();
  const bootstraps = {
    'genesys-webhook': join(folder, 'genesys-webhook'),
    'genesys-webhook-rotation': join(folder, 'genesys-webhook-rotation'),
  };
  let tarball: string;
  before(async () => {
    // Whatever they are, they have to come out as they went in. Without the toolchain there are no real ones.
    const built = cannotBuild() ? undefined : await buildArm64();
    for (const binary of BINARIES) {
      writeFileSync(bootstraps[binary], built ? readFileSync(built[binary]) : `${elf(AARCH64)}${binary}`);
    }
    ({ tarball } = await makePackage(bootstraps, join(folder, 'one')));
  });

  test('is the same bytes twice', async () => {
    const again = await makePackage(bootstraps, join(folder, 'two'));
    assert.ok(readFileSync(again.tarball).equals(readFileSync(tarball)));
  });

  test('holds the library, the executable functions, the command line and what people read, and nothing else', async () => {
    const listed = (await run('tar', ['tzvf', tarball])).split('\n').map((line) => line.split(/\s+/));
    const files = new Map(listed.map(([mode = '', ...rest]) => [String(rest.at(-1)).slice(8), mode]));
    const others = [...files.keys()].filter(
      (file) => !READ.test(file) && !/^lib\/(cdk|contract)\/[\w-]+\.(js|d\.ts)$/.test(file),
    );
    const executable = ['bin/genesys-webhook.mjs', 'function/bootstrap', 'rotation/bootstrap'];
    assert.deepEqual(others.toSorted(), [...executable, 'package.json'].toSorted());
    for (const file of executable) assert.match(String(files.get(file)), /^-rwxr-xr-x/);
  });

  test('has bills of materials without time, serial number and folder of the checkout', () => {
    const file = join(folder, 'bom.json');
    const component = { 'bom-ref': `path+file://${root}/function#genesys-webhook` };
    const metadata = { timestamp: '2026-11-28T00:00:00Z', component };
    writeFileSync(
      file,
      JSON.stringify({ serialNumber: 'urn:uuid:1', metadata, components: [{ name: 'ring' }] }),
    );
    makeReproducible(file);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
      components: [{ name: 'ring' }],
      metadata: { component: { 'bom-ref': 'path+file://function#genesys-webhook' } },
    });
  });

  /** An empty folder with the package, these packages, and nothing else. */
  async function stranger(versions: Record<string, string>): Promise<string> {
    const own = temporaryFolder();
    writeFileSync(join(own, 'package.json'), '{"private":true}');
    const packages = Object.entries(versions).map((pair) => pair.join('@'));
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run('npm', ['install', ...options, tarball, ...packages], { cwd: own });
    return own;
  }

  const { 'aws-cdk-lib': lib, constructs, typescript, '@types/node': types } = pinned;
  for (const [which, versions] of [
    ['newest', { 'aws-cdk-lib': lib, constructs, typescript, '@types/node': types }],
    ['oldest', { ...OLDEST, typescript: '5.9.3', '@types/node': types }],
  ] as const) {
    test(`type-checks and synthesises without Rust in apps of TypeScript and JavaScript with the ${which} aws-cdk-lib`, async () => {
      const own = await stranger(versions);
      writeFileSync(join(own, 'module.mts'), APP);
      writeFileSync(join(own, 'common.cts'), APP);
      writeFileSync(join(own, 'app.js'), README_APP);
      const checks = [
        '--strict',
        '--skipLibCheck',
        'false',
        '--module',
        'NodeNext',
        '--target',
        'ES2022',
        '--types',
        'node',
      ];
      await run('node_modules/.bin/tsc', [...checks, 'module.mts', 'common.cts'], { cwd: own });

      mkdirSync(join(own, 'bin'));
      symlinkSync(process.execPath, join(own, 'bin/node'));
      for (const app of ['module.mjs', 'common.cjs', 'app.js']) {
        const out = join(own, `${app}.out`);
        await run(process.execPath, [app], {
          cwd: own,
          env: { PATH: join(own, 'bin'), CDK_OUTDIR: out, CDK_VALIDATION: 'false' },
        });
        const assets = readdirSync(out).filter((name) => name.startsWith('asset.'));
        for (const asset of assets) assert.deepEqual(readdirSync(join(out, asset)), ['bootstrap'], app);
        // The app of the README does not rotate.
        const binaries = app === 'app.js' ? (['genesys-webhook'] as const) : BINARIES;
        assert.equal(assets.length, binaries.length, app);
        for (const binary of binaries) {
          const own = readFileSync(bootstraps[binary]);
          assert.ok(
            assets.some((asset) => readFileSync(join(out, asset, 'bootstrap')).equals(own)),
            `${app}: ${binary}`,
          );
        }
      }
    });
  }

  test('is deployed, takes a signed webhook, and its smoke test is green', async () => {
    const own = await stranger({ 'aws-cdk-lib': lib, constructs });
    writeFileSync(join(own, 'app.mjs'), LOCAL_APP);
    const aws = await startLocalAws({ logFile: `${root}/.local/test-logs/local-aws-package.log` });
    try {
      const code = wrapped('package', functionBinary());
      const rotationCode = wrapped('package-rotation', rotationBinary());
      const outputs = await deploy(aws, { code, rotationCode, app: `node ${join(own, 'app.mjs')}` });
      const { status } = await new Receiver(aws, outputs).send('{"eventType":"conversation:created"}');
      assert.equal(status, 200);
      const npx = ['--no-install', 'genesys-webhook', 'smoke', '--stack', 'Webhooks', '--json'];
      const { ok, checks } = JSON.parse(await run('npx', npx, { cwd: own, env: aws.env }));
      assert.ok(ok);
      assert.deepEqual(
        checks.map(({ got }: { got: number }) => got),
        [200, 401, 405],
      );
    } finally {
      await aws.stop();
    }
  });
});
