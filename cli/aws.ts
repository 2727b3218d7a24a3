/** Options that every subcommand takes to find its AWS account, named as the AWS CLI names them. */
export const AWS_OPTIONS = {
  'endpoint-url': { type: 'string' },
  profile: { type: 'string' },
  region: { type: 'string' },
} as const;

export const AWS_HELP = `  --region REGION        default: AWS_REGION, or the profile's
  --profile NAME         a profile of ~/.aws/config
  --endpoint-url URL     another AWS, such as the one of a running \`npm start\`; default: AWS_ENDPOINT_URL`;

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
