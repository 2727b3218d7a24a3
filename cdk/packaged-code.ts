import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Binary } from '../contract/binaries.ts';

const FOLDERS: Readonly<Record<Binary, string>> = {
  'genesys-webhook': 'function',
  'genesys-webhook-rotation': 'rotation',
};

/** A function that the package brings, ready for Lambda. */
export function ownCode(binary: Binary, _onFailure: (why: string) => void): Code {
  return Code.fromAsset(join(__dirname, '../..', FOLDERS[binary]));
}
