/** `RotateSecret` on the local AWS, with both functions as they are deployed, under webhooks. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { SCHEMES } from '../../contract/schemes.ts';
import { logEvents } from '../../dev/local-aws/receiver.ts';
import { rotateUnderWebhooks } from '../../dev/local-aws/rotation-demo.ts';
import { forbid, keepLog } from '../support/test-logs.ts';
import { aws, openMessaging, outputs, staticToken } from './deployment.ts';

describe('a rotation by Secrets Manager', () => {
  for (const receiver of [openMessaging, staticToken]) {
    test(`refuses no webhook of ${receiver.scheme}, and accepts no forged one`, async () => {
      forbid(await receiver.secret());
      const counts = await rotateUnderWebhooks(aws, receiver, outputs, { intervalMs: 50 });
      const { genesys } = aws;
      forbid(await receiver.secret(), genesys.oauth.clientSecret, ...genesys.accessTokens);
      const { refused, forgedAccepted, accepted, forgedRefused } = counts;
      assert.deepEqual({ refused, forgedAccepted }, { refused: 0, forgedAccepted: 0 });
      assert.ok(accepted >= 18 && forgedRefused >= 2, JSON.stringify(counts));

      const group = outputs[`${SCHEMES[receiver.scheme].idPart}RotationLogGroupName`] ?? '';
      const events = await logEvents(new CloudWatchLogsClient(aws.client), group);
      const log = events.map(({ message = '' }) => message).join('\n');
      keepLog('end-to-end', log);
      // The emulator may miss the last line of the last step.
      const done = log.match(/"outcome":"done"/g)?.length ?? 0;
      assert.ok(done >= 4, 'a test at the deploy, and the steps of the rotation');
    });
  }
});
