/** One scheme's instance of this repository's stack, as far as the function reaches it: made in moto by what its template says. */
import { randomUUID } from 'node:crypto';
import { CreateEventBusCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { Template } from 'aws-cdk-lib/assertions';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import type { Scheme } from '../../contract/schemes.ts';
import { all, deployed, everyScheme, only, type Resource } from '../cdk/support.ts';
import type { Moto } from './moto.ts';

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** Every scheme, and X-Ray, so that the policies have all they can have without a key of the user's own. */
const template = Template.fromStack(deployed({ schemes: everyScheme, tracing: Tracing.ACTIVE }));

function functionOf(scheme: Scheme): Resource {
  return all(template, 'AWS::Lambda::Function').find(
    ({ Environment }) => Environment.Variables.SIGNATURE_SCHEME === scheme,
  );
}

/** The statements of the function's role, as the template has them. */
export function statementsOf(scheme: Scheme): Statement[] {
  const [role] = functionOf(scheme).Role['Fn::GetAtt'];
  return all(template, 'AWS::IAM::Policy')
    .filter(({ Roles }) => Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export function actionsOf(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Action }) => Action);
}

/** The statements with one action taken away. */
export function without(action: string, statements: readonly Statement[]): Statement[] {
  return statements
    .map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter((name) => name !== action),
    }))
    .filter(({ Action }) => Action.length > 0);
}

export class Deployment {
  readonly secretArn: string;
  readonly #moto: Moto;
  readonly #scheme: Scheme;
  readonly #bus: { name: string; arn: string };
  readonly #queueUrl: string;

  private constructor(
    moto: Moto,
    scheme: Scheme,
    secretArn: string,
    bus: { name: string; arn: string },
    queueUrl: string,
  ) {
    this.#moto = moto;
    this.#scheme = scheme;
    this.secretArn = secretArn;
    this.#bus = bus;
    this.#queueUrl = queueUrl;
  }

  static async of(scheme: Scheme, secret: string, moto: Moto): Promise<Deployment> {
    const name = `webhook-${randomUUID()}`;
    const { ARN } = await moto.secretsManager.send(
      new CreateSecretCommand({ Name: name, SecretString: secret }),
    );
    const { EventBusArn } = await moto.eventBridge.send(new CreateEventBusCommand({ Name: name }));
    const { QueueUrl } = await moto.sqs.send(new CreateQueueCommand({ QueueName: name }));
    if (!ARN || !EventBusArn || !QueueUrl) throw new Error('moto left out an address');
    const deployment = new Deployment(moto, scheme, ARN, { name, arn: EventBusArn }, QueueUrl);
    await deployment.#listen();
    return deployment;
  }

  /** What Lambda would start the function with, under a role with these statements alone. */
  async env(statements: readonly Statement[]): Promise<Record<string, string>> {
    return {
      ...this.#resolve(functionOf(this.#scheme).Environment.Variables),
      ...(await this.#moto.assumeRoleWith({ Version: '2012-10-17', Statement: this.#resolve(statements) })),
    };
  }

  get busName(): string {
    return this.#bus.name;
  }

  async rotateTo(secret: string): Promise<void> {
    await this.#moto.secretsManager.send(
      new PutSecretValueCommand({ SecretId: this.secretArn, SecretString: secret }),
    );
  }

  /** What the bus has passed on so far. */
  async events(): Promise<{ detail: { eventBody: unknown; metadata: { scheme: string } } }[]> {
    const { Messages = [] } = await this.#moto.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body = '' }) => JSON.parse(Body));
  }

  async #listen(): Promise<void> {
    const { sqs, eventBridge } = this.#moto;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#queueUrl, AttributeNames: ['QueueArn'] }),
    );
    const rule = { Name: 'all', EventBusName: this.#bus.name };
    const { EVENT_SOURCE } = functionOf(this.#scheme).Environment.Variables;
    await eventBridge.send(
      new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: [EVENT_SOURCE] }) }),
    );
    const target = { Id: 'queue', Arn: Attributes?.QueueArn };
    await eventBridge.send(
      new PutTargetsCommand({ Rule: rule.Name, EventBusName: rule.EventBusName, Targets: [target] }),
    );
  }

  /** Puts what moto has for what the template refers to. @throws at a reference to anything else */
  #resolve<T>(value: T): T {
    const { Environment, LoggingConfig } = functionOf(this.#scheme);
    const { Ref: secret } = Environment.Variables.WEBHOOK_SECRET_ARN;
    const { id: bus } = only(template, 'AWS::Events::EventBus');
    const known: Record<string, string> = {
      [`{"Ref":"${secret}"}`]: this.secretArn,
      [`{"Ref":"${bus}"}`]: this.#bus.name,
      [`{"Fn::GetAtt":["${bus}","Arn"]}`]: this.#bus.arn,
      // Lambda's service alone writes there.
      [`{"Fn::GetAtt":["${LoggingConfig.LogGroup.Ref}","Arn"]}`]:
        'arn:aws:logs:eu-central-1:123456789012:log-group:function:*',
    };
    const text = JSON.stringify(value).replaceAll(/\{"(?:Ref|Fn::\w+)":[^}]*\}/g, (reference) => {
      const found = known[reference];
      if (!found) throw new Error(`${reference} is not one of the resources that are made here`);
      return JSON.stringify(found);
    });
    return JSON.parse(text);
  }
}
