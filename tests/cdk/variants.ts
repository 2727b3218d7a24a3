/** The stacks that `npm run deploy` can make, for what looks at templates as a whole. */
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import type { GenesysWebhookStackProps } from '../../cdk/app/stack.ts';
import { everyScheme as schemes } from './support.ts';

export const variants: Record<string, GenesysWebhookStackProps> = {
  'as it comes': {},
  'with the example consumer': { queueConsumer: true },
  'with every scheme': { schemes },
  'with every scheme and everything on': {
    schemes,
    queueConsumer: true,
    tracing: Tracing.ACTIVE,
    allowedCidrs: ['192.0.2.0/24'],
    alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
  },
};
