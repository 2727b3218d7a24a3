import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { environment, webhookTemplate } from './support.ts';

describe('allowedCidrs', () => {
  test('reach_the_function_separated_by_commas', () => {
    const allowedCidrs = ['192.0.2.0/24', '198.51.100.7/32', '2001:db8::/32', '0.0.0.0/0', '::/0'];
    assert.equal(environment(webhookTemplate({ allowedCidrs })).ALLOWED_CIDRS, allowedCidrs.join(','));
  });

  test('left_out_leave_every_source_allowed', () => {
    assert.equal('ALLOWED_CIDRS' in environment(webhookTemplate()), false);
  });

  test('may_not_be_an_empty_list', () => {
    assert.throws(() => webhookTemplate({ allowedCidrs: [] }), {
      message: 'allowedCidrs is empty; leave it out to allow every source, or name at least one range',
    });
  });

  for (const cidr of [
    '192.0.2.0',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/024',
    '192.0.2.0/24/8',
    '192.0.2/24',
    '192.0.2.256/24',
    '2001:db8::/129',
    '2001:db8::1',
    'fe80::1%eth0/64',
    '::ffff:192.0.2.0/120',
    'example.com/24',
    '192.0.2.0/24,198.51.100.0/24',
    ' 192.0.2.0/24',
    '/24',
    '',
  ]) {
    test(`refuse ${JSON.stringify(cidr)}`, () => {
      assert.throws(
        () => webhookTemplate({ allowedCidrs: ['192.0.2.0/24', cidr] }),
        (error: Error) =>
          error.message.startsWith(`allowedCidrs holds ${JSON.stringify(cidr)}; it takes IPv4 and`),
      );
    });
  }

  test('have_to_fit_into_lambda_s_4_kb_of_environment', () => {
    const ranges = (count: number) => Array.from({ length: count }, (_, i) => `198.51.${i}.0/24`);
    assert.doesNotThrow(() => webhookTemplate({ allowedCidrs: ranges(200) }));
    assert.throws(
      () => webhookTemplate({ allowedCidrs: ranges(250) }),
      /the function's environment takes about \d{4} bytes, and Lambda allows 4096; merge neighbouring ranges in allowedCidrs \(3889 bytes\)/,
    );
  });
});
