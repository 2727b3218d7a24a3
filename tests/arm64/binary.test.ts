/** The file that is deployed: small enough to load fast, and built with what makes it fast. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';

const MAX_FILE_BYTES = 9_000_000;
const MAX_ZIP_BYTES = 4_500_000;

/** `SHA256H` (Arm Architecture Reference Manual for A-profile, C7.2): its fixed bits, and which bits those are. */
const SHA256H = 0x5e004000;
const SHA256H_MASK = 0xffe0fc00;
/** Of one compression function: 64 rounds, four an instruction. Ring, for TLS, has one in hand-written assembly. */
const IN_RING = 16;

const bootstrap = process.env.GENESYS_WEBHOOK_ARM64_BIN;
const skip = bootstrap ? false : 'GENESYS_WEBHOOK_ARM64_BIN names no arm64 build';
const elf = bootstrap ? readFileSync(bootstrap) : Buffer.alloc(0);

test('the file and its zip are small', { skip }, () => {
  const zipped = deflateRawSync(elf, { level: 9 }).length;
  assert.ok(elf.length <= MAX_FILE_BYTES, `the file has ${elf.length} bytes`);
  assert.ok(zipped <= MAX_ZIP_BYTES, `zipped, the file has ${zipped} bytes`);
});

test('hashes with the instructions for it', { skip }, () => {
  let found = 0;
  for (let at = 0; at + 4 <= elf.length; at += 4) {
    // Unsigned: JavaScript's `&` gives 32 bits with a sign.
    if ((elf.readUInt32LE(at) & SHA256H_MASK) >>> 0 === SHA256H) found += 1;
  }
  assert.ok(found > IN_RING, `${found} SHA256H instructions: the sha2 crate has none of its own`);
});

test('gathers no jitter entropy', { skip }, () => {
  // AWS-LC does so at the first handshake, which costs a cold start hundreds of millions of instructions.
  assert.ok(!/aws-lc|AWS-LC|jitterentropy/.test(elf.toString('latin1')), 'AWS-LC is linked');
});
