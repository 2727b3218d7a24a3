/** What the candidates run in: AWS over TLS, with the roots that a real function loads. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { AwsStub } from '../tests/support/aws-stub.ts';
import { type Size, webhookEvents } from './webhooks.ts';

const SECRET = 'a-shared-secret-of-the-bench-0001';

export interface Stage {
  /** What every candidate is configured with. */
  env: Record<string, string>;
  /** One webhook of each size, signed. */
  events: Record<Size, string>;
}

export async function onStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const aws = await AwsStub.start({ protocol: 'https' });
  aws.eventBridge.accept = () => {};
  const { arn } = aws.secretsManager.create('webhook-secret', SECRET);
  const { SSL_CERT_FILE: privateCa = '', ...sdk } = aws.env;
  // Mozilla's list, which every system's is made from, with the private CA: loading them is part of a cold start.
  const roots = join(dirname(privateCa), 'roots.pem');
  writeFileSync(roots, [...rootCertificates, readFileSync(privateCa, 'utf8')].join('\n'));
  // Node has that list built in.
  const trust = { SSL_CERT_FILE: roots, NODE_EXTRA_CA_CERTS: privateCa };
  const env = { ...sdk, ...trust, WEBHOOK_SECRET_ARN: arn, EVENT_BUS_NAME: 'genesys-webhook' };
  try {
    return await work({ env, events: webhookEvents(SECRET) });
  } finally {
    await aws.stop();
  }
}
