import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';

/** The function that the package brings, ready for Lambda. */
export function ownCode(_onFailure: (why: string) => void): Code {
  return Code.fromAsset(join(__dirname, '../../function'));
}
