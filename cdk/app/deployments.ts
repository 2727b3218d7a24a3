/**
 * The deployments of this repository, an entry a stage. This file is yours: change it, and add stages.
 *
 * `npm run deploy -- -c stage=NAME` deploys the entry NAME as stack `GenesysWebhook-NAME`, and `npm run deploy` the entry
 * `default` as stack `GenesysWebhook`. `deployment.ts` has every member with its default.
 */
import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Deployment } from './deployment.ts';
import { QueueConsumer } from './queue-consumer.ts';

export const deployments = {
  default: {
    // A scheme that is taken out loses its route; the secret stays, but a later one is new.
    schemes: { form: {} },
  },

  prod: {
    // account: '111122223333',
    // region: 'eu-central-1',
    schemes: {
      form: {
        // allowedCidrs: ['192.0.2.0/24'],
      },
      // 'open-messaging': {
      //   rotateWithGenesys: { region: 'eu-central-1', integrationId: '…', schedule: 'cron(0 3 1 * ? *)' },
      // },
    },
    logRetention: RetentionDays.THREE_MONTHS,
    archiveRetention: Duration.days(30),
    alarms: {
      // topicArn: 'arn:aws:sns:eu-central-1:111122223333:on-call',
      // expectedTrafficWindow: Duration.hours(4),
    },
  },

  /** Every scheme and an example consumer: for the drills of docs/runbook.md, and what `npm start` deploys. */
  trial: {
    schemes: {
      form: {},
      // These ids are of nobody.
      'open-messaging': {
        rotateWithGenesys: {
          region: 'eu-central-1',
          integrationId: '00000000-0000-4000-8000-000000000001',
        },
      },
      'static-token': {
        rotateWithGenesys: {
          region: 'eu-central-1',
          credentialId: '00000000-0000-4000-8000-000000000002',
        },
      },
    },
    alarms: { expectedTrafficWindow: Duration.minutes(15) },
    consumers: (stack) => new QueueConsumer(stack, 'Consumer', { webhook: stack.webhook('form') }),
  },
} satisfies Record<string, Deployment>;
