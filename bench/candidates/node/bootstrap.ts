/** The least that a Node runtime does: poll, call, answer, over one connection. Lambda's own does more. */
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { handler, secret } from './handler.ts';

const agent = new Agent({ keepAlive: true });
const invocations = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

function call(method: string, path: string, body?: string) {
  return new Promise<{ id: string; body: Buffer }>((resolve, reject) => {
    request(`${invocations}/${path}`, { method, agent }, async (res) => {
      const id = String(res.headers['lambda-runtime-aws-request-id']);
      resolve({ id, body: await buffer(res) });
    })
      .on('error', reject)
      .end(body);
  });
}

async function run() {
  await secret;
  for (;;) {
    const { id, body } = await call('GET', 'next');
    const response = await handler(JSON.parse(body.toString()));
    await call('POST', `${id}/response`, JSON.stringify(response));
  }
}

run();
