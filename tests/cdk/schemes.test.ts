import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import { SCHEME_NAMES, SCHEMES } from '../../contract/schemes.ts';
import { all, deployed, environment, only, webhookTemplate } from './support.ts';

for (const name of SCHEME_NAMES) {
  test(`${name} has its own route and is the one scheme of its function`, () => {
    const template = webhookTemplate({ signatureScheme: SignatureScheme.of(name) });
    assert.equal(environment(template).SIGNATURE_SCHEME, name);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: `ANY ${SCHEMES[name].path}` });
  });
}

test('a scheme that is deployed somewhere keeps its route and the names of its outputs', () => {
  assert.deepEqual(
    SCHEME_NAMES.slice(0, 3).map((name) => [name, SCHEMES[name].path, SCHEMES[name].idPart]),
    [
      ['form', '/webhook/genesys', ''],
      ['open-messaging', '/webhook/genesys/open-messaging', 'OpenMessaging'],
      ['static-token', '/webhook/genesys/events', 'StaticToken'],
    ],
  );
});

const template = Template.fromStack(
  deployed({ schemes: { form: {}, 'open-messaging': {}, 'static-token': {} } }),
);
const functions = all(template, 'AWS::Lambda::Function');

test('the instances of a stack share one API with one stage, and one bus with one archive', () => {
  const { id: api } = only(template, 'AWS::ApiGatewayV2::Api');
  const { id: bus } = only(template, 'AWS::Events::EventBus');
  template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
  template.resourceCountIs('AWS::Events::Archive', 1);
  template.allResourcesProperties('AWS::ApiGatewayV2::Route', { ApiId: { Ref: api } });
  const Environment = { Variables: { EVENT_BUS_NAME: { Ref: bus } } };
  template.allResourcesProperties('AWS::Lambda::Function', { Environment });
  assert.equal(functions.length, SCHEME_NAMES.length);
});

test('the instances of a stack have a secret, a role and a log group each', () => {
  for (const of of [
    functions.map(({ Environment }) => Environment.Variables.WEBHOOK_SECRET_ARN.Ref),
    functions.map(({ Role }) => Role['Fn::GetAtt'][0]),
    functions.map(({ LoggingConfig }) => LoggingConfig.LogGroup.Ref),
  ]) {
    assert.equal(new Set(of).size, SCHEME_NAMES.length, String(of));
  }
  for (const { PolicyDocument } of all(template, 'AWS::IAM::Policy')) {
    const secrets = JSON.stringify(PolicyDocument).match(/\w*Secret[0-9A-F]{8}/g);
    assert.equal(secrets?.length, 1, String(secrets));
  }
});

test('the outputs of each instance have its scheme in front', () => {
  const names = [
    'WebhookUrl',
    'SecretArn',
    'ReadSecretCommand',
    'FunctionName',
    'LogGroupName',
    'ApiId',
    'EventBusName',
    'ParkingQueueUrl',
  ];
  const ofInstances = SCHEME_NAMES.flatMap((scheme) => names.map((name) => SCHEMES[scheme].idPart + name));
  const { Outputs } = template.toJSON();
  assert.deepEqual(Object.keys(Outputs).toSorted(), ofInstances.toSorted());
});

test('refuses a scheme that there is not', () => {
  assert.throws(() => SignatureScheme.of('hmac'), {
    message: 'there is no scheme "hmac"; use form, open-messaging, static-token',
  });
});
