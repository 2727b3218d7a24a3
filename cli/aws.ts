import { SQSClient } from '@aws-sdk/client-sqs';

/** Options that every subcommand takes to find its AWS account, named as the AWS CLI names them. */
export const AWS_OPTIONS = {
  region: {
    type: 'string',
    placeholder: 'REGION',
    description: 'Region of the stack or the secret',
    otherwise: "AWS_REGION, or the profile's",
  },
  profile: {
    type: 'string',
    placeholder: 'NAME',
    description: 'Profile of ~/.aws/config',
    otherwise: 'AWS_PROFILE',
  },
  'endpoint-url': {
    type: 'string',
    placeholder: 'URL',
    description: 'Another AWS, such as a local one',
    otherwise: 'AWS_ENDPOINT_URL',
  },
} as const;

/** For the clients of the AWS SDK for JavaScript. */
export interface AwsConfig {
  endpoint?: string;
  profile?: string;
  region?: string;
}

export function awsConfig(options: {
  'endpoint-url'?: string;
  profile?: string;
  region?: string;
}): AwsConfig {
  const { 'endpoint-url': endpoint = process.env.AWS_ENDPOINT_URL, profile, region } = options;
  return { ...(endpoint && { endpoint }), ...(profile && { profile }), ...(region && { region }) };
}

/** An emulator's own queue URLs need not resolve. */
export function sqsClient(aws: AwsConfig): SQSClient {
  return new SQSClient({ ...aws, useQueueUrlAsEndpoint: !aws.endpoint });
}
