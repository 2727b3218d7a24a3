/** The answers of CloudFormation, Lambda and Secrets Manager that the command reads a stack from. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface StubbedStack {
  /** Outputs of the stack `Stub`. */
  outputs?: Record<string, string>;
  /** Configuration of its functions. */
  env?: Record<string, string>;
  /** What DescribeSecret says. */
  secret?: object;
  /** A value by version id, or the name of GetSecretValue's error. */
  values?: Record<string, string | { error: string }>;
}

export class StackStub {
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
  }

  static async start(stack: StubbedStack): Promise<StackStub> {
    const server = createServer(async (request, response) => {
      const answer = answerTo(request, await text(request), stack);
      const isError = typeof answer === 'object' && '__type' in answer;
      response
        .writeHead(isError ? 400 : 200)
        .end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new StackStub(server);
  }

  /** The environment of a person who works with this AWS. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'stub',
      AWS_SECRET_ACCESS_KEY: 'stub',
    };
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function answerTo(
  { url = '', headers }: IncomingMessage,
  body: string,
  stack: StubbedStack,
): string | object {
  if (url.includes('/functions/')) return { Environment: { Variables: stack.env ?? {} } };
  if (body.includes('Action=DescribeStacks')) return describeStacks(stack.outputs ?? {});
  if (String(headers['x-amz-target']).endsWith('.DescribeSecret')) return stack.secret ?? {};
  const { VersionId } = JSON.parse(body);
  const value = stack.values?.[VersionId] ?? { error: 'ResourceNotFoundException' };
  return typeof value === 'string' ? { VersionId, SecretString: value } : { __type: value.error };
}

function describeStacks(outputs: Record<string, string>): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Stub</StackName><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
}
