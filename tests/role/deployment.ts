/** One scheme's instance of this repository's stack, as far as its functions reach it: made in moto by what its template says. */
import { randomUUID } from 'node:crypto';
import { Template } from 'aws-cdk-lib/assertions';
import { deployments } from '../../cdk/app/deployments.ts';
import type { Binary } from '../../contract/binaries.ts';
import type { Scheme } from '../../contract/schemes.ts';
import { all, deployed, only, type Resource } from '../cdk/support.ts';
import type { Moto } from './moto.ts';

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** Every scheme, and X-Ray, so that the policies have all they can have without a key of the user's own. */
const template = Template.fromStack(deployed({ ...deployments.trial, tracing: true }));

/** A variable that no other function has. */
const OWN_VARIABLE: Record<Binary, string> = {
  'genesys-webhook': 'WEBHOOK_SECRET_ARN',
  'genesys-webhook-rotation': 'GENESYS_OAUTH_SECRET_ARN',
};

function functionOf(scheme: Scheme, binary: Binary = 'genesys-webhook'): Resource | undefined {
  return all(template, 'AWS::Lambda::Function').find(
    ({ Environment: { Variables } }) =>
      Variables.SIGNATURE_SCHEME === scheme && OWN_VARIABLE[binary] in Variables,
  );
}

/** The statements of the function's role, as the template has them. */
export function statementsOf(scheme: Scheme, binary?: Binary): Statement[] {
  const [role] = functionOf(scheme, binary).Role['Fn::GetAtt'];
  return all(template, 'AWS::IAM::Policy')
    .filter(({ Roles }) => Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** The statements with an action taken away, from all of them unless one is named. */
export function without(statements: readonly Statement[], action: string, from?: Statement): Statement[] {
  return statements
    .map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter((name) => name !== action || (from && from !== statement)),
    }))
    .filter(({ Action }) => Action.length > 0);
}

/** Makes the instance's secrets, event bus and parking queue. */
export async function deploy(scheme: Scheme, secret: string, { call, endpoint }: Moto) {
  const busName = `webhook-${randomUUID()}`;
  const { secretArn, oauthSecretArn, busArn } = await call('deploy', busName, secret);
  const { Environment, LoggingConfig } = functionOf(scheme);
  const rotation = functionOf(scheme, 'genesys-webhook-rotation');
  const { id: bus } = only(template, 'AWS::Events::EventBus');
  const queue = Environment.Variables.PARKING_QUEUE_URL.Ref;
  const queueUrl = `${endpoint}/123456789012/${busName}`;
  const known: Record<string, string> = {
    [`{"Ref":"${queue}"}`]: queueUrl,
    [`{"Fn::GetAtt":["${queue}","Arn"]}`]: `arn:aws:sqs:eu-central-1:123456789012:${busName}`,
    [`{"Ref":"${Environment.Variables.WEBHOOK_SECRET_ARN.Ref}"}`]: secretArn,
    [`{"Ref":"${bus}"}`]: busName,
    [`{"Fn::GetAtt":["${bus}","Arn"]}`]: busArn,
    [`{"Ref":"${rotation?.Environment.Variables.GENESYS_OAUTH_SECRET_ARN.Ref}"}`]: oauthSecretArn,
  };
  for (const { LogGroup } of [LoggingConfig, rotation?.LoggingConfig ?? LoggingConfig]) {
    // Lambda's service alone writes there.
    known[`{"Fn::GetAtt":["${LogGroup.Ref}","Arn"]}`] =
      'arn:aws:logs:eu-central-1:123456789012:log-group:function:*';
  }
  /** Puts what moto has for what the template refers to. @throws at a reference to anything else */
  const resolve = <T>(value: T): T => {
    const text = JSON.stringify(value).replaceAll(/\{"(?:Ref|Fn::\w+)":[^}]*\}/g, (reference) => {
      if (!known[reference]) throw new Error(`${reference} is not one of the resources that are made here`);
      return JSON.stringify(known[reference]);
    });
    return JSON.parse(text);
  };
  /** Of a role with these statements alone. */
  const credentials = (statements: readonly Statement[]): Promise<Record<string, string>> =>
    call('assumeRoleWith', `role-${randomUUID()}`, resolve(statements));
  return {
    secretArn,
    oauthSecretArn,
    busName,
    queueUrl,
    credentials,
    /** What Lambda would start the function with, under a role with these statements alone. */
    env: async (statements: readonly Statement[]): Promise<Record<string, string>> => ({
      ...resolve(Environment.Variables),
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: endpoint,
      ...(await credentials(statements)),
    }),
    rotateTo: (next: string) => call('rotate', secretArn, next),
  };
}
