/** What a deployment ships is the file that the other tests of this folder look into and run. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GenesysWebhookStack } from '../../cdk/app/stack.ts';
import { newApp } from '../cdk/support.ts';

const bootstrap = process.env.GENESYS_WEBHOOK_ARM64_BIN;
const skip = bootstrap ? false : 'GENESYS_WEBHOOK_ARM64_BIN names no arm64 build';

test('a build through the construct gives the tested binary byte for byte', { skip }, () => {
  const app = newApp();
  new GenesysWebhookStack(app, 'GenesysWebhook');
  const { directory } = app.synth();
  const assets = readdirSync(directory).filter((name) => name.startsWith('asset.'));
  assert.equal(assets.length, 1);
  const asset = join(directory, String(assets[0]));
  assert.deepEqual(readdirSync(asset), ['bootstrap']);
  // Not `deepEqual`, which would print what differs of seven million bytes.
  assert.ok(readFileSync(join(asset, 'bootstrap')).equals(readFileSync(String(bootstrap))));
});
