/** Names that the template gives, at their longest: a stage of 100 characters and every scheme. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { deployments } from '../../cdk/app/deployments.ts';
import { text } from './metric-filters.ts';
import { deployed, type Resource } from './support.ts';

const STACK_NAME = `GenesysWebhook-${'s'.repeat(100)}`;
/** As long a name as any of the Regions for everybody has. */
const REGION = 'ap-southeast-2';

/** Length and characters: CloudFormation's template reference, on each property. */
const LIMITS: Record<string, [number, RegExp]> = {
  'AWS::ApiGatewayV2::Api Name': [128, /^.+$/],
  'AWS::ApiGatewayV2::Stage StageName': [128, /^\$default$/],
  'AWS::CloudWatch::Dashboard DashboardName': [255, /^[\w-]+$/],
  'AWS::Events::EventBus Name': [256, /^[/.\w-]+$/],
  'AWS::IAM::Policy PolicyName': [128, /^[\w+=,.@-]+$/],
  'AWS::Logs::LogGroup LogGroupName': [512, /^[.\-_/#A-Za-z0-9]+$/],
};

const template = Template.fromStack(deployed(deployments.trial, undefined, STACK_NAME)).toJSON();

/** The names that the template gives, by type and property; what is a reference is named elsewhere. */
const names = Object.values<Resource>(template.Resources).flatMap(({ Type, Properties }) =>
  Object.entries<Resource>(Properties)
    .filter(([property, value]) => /Name$/.test(property) && (typeof value === 'string' || value['Fn::Join']))
    .filter(([property]) => !(Type === 'AWS::CloudWatch::Alarm' && property === 'MetricName'))
    .map(([property, value]) => [`${Type} ${property}`, text(value)] as const),
);

test('every name is within the limits of AWS with a stage of 100 characters and every scheme', () => {
  assert.deepEqual([...new Set(names.map(([what]) => what))].toSorted(), Object.keys(LIMITS).toSorted());
  for (const [what, given] of names) {
    const name = given.replace('AWS::Region', REGION).replace('AWS::StackName', STACK_NAME);
    const [longest, characters] = LIMITS[what] ?? [0, /$^/];
    assert.ok(name.length <= longest, `${what}: ${name.length} characters`);
    assert.match(name, characters, what);
  }
});
