/** Payloads whose signature is right. */
import { signWebhook } from '../../cli/signing.ts';
import { httpApiEvent } from '../../tests/support/http-api-event.ts';
import { type Input, SECRET } from './input.ts';

const NO_OBJECT = ['null', '1', '"text"', '[]', 'true', '[{}]', '1e400'];
const NO_JSON = [
  '{',
  '{}}',
  '{"a":}',
  "{'a':1}",
  '{"a":01}',
  '{"a":1,}',
  '{"a":"\t"}',
  '\ufeff{}',
  '{"a":NaN}',
  '{"a":"\\x"}',
  '<xml/>',
  '\0',
];
const WRONG_TYPES = [
  '{"eventType":1}',
  '{"eventType":null}',
  '{"eventType":"\\ud800"}',
  '{"conversation":[]}',
  '{"conversation":{}}',
  '{"conversation":{"id":1}}',
  '{"eventType":"a","event\\u0054ype":"b"}',
  '{"conversation":{"id":"a"},"conversation":{"id":"a"}}',
];
const ODD_AND_SOUND = [
  '{}',
  ' {} ',
  '{"":""}',
  '{"a":1,"a":2}',
  '{"a":1e400}',
  '{"a":123456789012345678901234567890}',
  '{"a":"\\ud800"}',
  '{"\\ud800":1}',
  '{"__proto__":{}}',
  '{"eventType":""}',
  `{"eventType":"${'é'.repeat(500)}"}`,
  '{"eventType":"\\n{\\"level\\":\\"ERROR\\"}"}',
];
const DEPTHS = [1_000, 10_000, 100_000];

export const PAYLOADS: readonly Input[] = [
  { kind: 'signed JSON that is no object', answers: [400], make: (random) => signed(random.pick(NO_OBJECT)) },
  { kind: 'signed text that is no JSON', answers: [400], make: (random) => signed(random.pick(NO_JSON)) },
  {
    kind: 'signed JSON with members of the wrong type',
    answers: [400],
    make: (random) => signed(random.pick(WRONG_TYPES)),
  },
  {
    kind: 'signed JSON that is odd and sound',
    answers: [200],
    make: (random) => signed(random.pick(ODD_AND_SOUND)),
  },
  {
    kind: 'signed JSON nested 1,000 to 100,000 deep',
    share: 0.1,
    answers: [200],
    make: (random) => {
      const depth = random.pick(DEPTHS);
      return signed(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    },
  },
  {
    kind: 'signed JSON over 1 MB',
    share: 0.05,
    answers: [413],
    make: (random) => signed(JSON.stringify({ a: 'x'.repeat(2 ** 20 + random.below(2 ** 20)) })),
  },
];

function signed(text: string): unknown {
  return httpApiEvent(signWebhook('form', text, SECRET));
}
