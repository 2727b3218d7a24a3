/** The file that is deployed: small enough to load fast, and built with what makes it fast. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { GenesysWebhookStack } from '../../cdk/app/stack.ts';
import { newApp } from '../cdk/support.ts';

const MAX_FILE_BYTES = 9_000_000;
const MAX_ZIP_BYTES = 4_500_000;

/** `SHA256H` (Arm Architecture Reference Manual for A-profile, C7.2): its fixed bits, and which bits those are. */
const SHA256H = 0x5e004000;
const SHA256H_MASK = 0xffe0fc00;
/** Of one compression function: 64 rounds, four an instruction. Ring, for TLS, has one in hand-written assembly. */
const IN_RING = 16;

const bootstrap = process.env.GENESYS_WEBHOOK_ARM64_BIN;
const skip = bootstrap ? false : 'GENESYS_WEBHOOK_ARM64_BIN names no arm64 build';

describe('the arm64 build', { skip }, () => {
  const elf = bootstrap ? readFileSync(bootstrap) : Buffer.alloc(0);

  test('is small, and so is its zip', () => {
    const zipped = deflateRawSync(elf, { level: 9 }).length;
    assert.ok(elf.length <= MAX_FILE_BYTES, `the file has ${elf.length} bytes`);
    assert.ok(zipped <= MAX_ZIP_BYTES, `zipped, the file has ${zipped} bytes`);
  });

  test('hashes with the instructions for it', () => {
    let found = 0;
    for (let at = 0; at + 4 <= elf.length; at += 4) {
      // Unsigned: JavaScript's `&` gives 32 bits with a sign.
      if ((elf.readUInt32LE(at) & SHA256H_MASK) >>> 0 === SHA256H) found += 1;
    }
    assert.ok(found > IN_RING, `${found} SHA256H instructions: the sha2 crate has none of its own`);
  });

  test('gathers no jitter entropy', () => {
    // AWS-LC does so at the first handshake, which costs a cold start hundreds of millions of instructions.
    assert.ok(!/aws-lc|AWS-LC|jitterentropy/.test(elf.toString('latin1')), 'AWS-LC is linked');
  });

  test('is byte for byte what the construct builds and a deployment ships', () => {
    const app = newApp();
    new GenesysWebhookStack(app, 'GenesysWebhook', { deployment: {} });
    const { directory } = app.synth();
    const assets = readdirSync(directory).filter((name) => name.startsWith('asset.'));
    assert.equal(assets.length, 1);
    const asset = join(directory, String(assets[0]));
    assert.deepEqual(readdirSync(asset), ['bootstrap']);
    // Not `deepEqual`, which would print what differs of seven million bytes.
    assert.ok(readFileSync(join(asset, 'bootstrap')).equals(elf));
  });
});
