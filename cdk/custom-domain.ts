import { Arn, ArnFormat, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { DomainName, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { propError } from './prop-error.ts';

/** A domain name that leads to the API alone. */
export interface CustomDomain {
  /** Such as `webhooks.example.com`, in lower case, no wildcard. */
  readonly domainName: string;
  /** Of ACM, for this name, in the stack's Region. */
  readonly certificate: ICertificate;
  /**
   * The zone in Route 53 that gets the alias record for the name.
   *
   * @default - you make the record; `WebhookApi.customDomainName` has the target, and the stack an output `CustomDomainTarget`
   */
  readonly hostedZone?: IHostedZone;
}

/** RFC 1123, section 2.1, and at least two labels. */
export const HOST_NAME =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The name as API Gateway has it, and its alias record where the zone is given. */
export function customDomainName(
  scope: Construct,
  { domainName, certificate, hostedZone }: CustomDomain,
): DomainName {
  if (!Token.isUnresolved(domainName) && !HOST_NAME.test(domainName)) {
    throw propError(
      `customDomain.domainName is ${JSON.stringify(domainName)}; it takes one host name in lower case, such as "webhooks.example.com"`,
      scope,
    );
  }
  checkRegion(scope, certificate);
  checkZone(scope, domainName, hostedZone);
  const name = new DomainName(scope, 'CustomDomain', {
    domainName,
    certificate,
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  if (hostedZone) {
    new ARecord(scope, 'AliasRecord', {
      zone: hostedZone,
      recordName: `${domainName}.`,
      target: RecordTarget.fromAlias(
        new ApiGatewayv2DomainProperties(name.regionalDomainName, name.regionalHostedZoneId),
      ),
    });
  }
  return name;
}

/** API Gateway developer guide, "Custom domain names for HTTP APIs": the certificate has to be in the API's Region. */
function checkRegion(scope: Construct, { certificateArn }: ICertificate): void {
  if (Token.isUnresolved(certificateArn)) return;
  const { service, region = '' } = Arn.split(certificateArn, ArnFormat.SLASH_RESOURCE_NAME);
  const own = Stack.of(scope).region;
  if (service !== 'acm' || Token.compareStrings(region, own) === TokenComparison.DIFFERENT) {
    throw propError(
      `customDomain.certificate is ${certificateArn}; it takes one of ACM in the stack's Region`,
      scope,
    );
  }
}

function checkZone(scope: Construct, domainName: string, zone: IHostedZone | undefined): void {
  if (!zone || Token.isUnresolved(zone.zoneName) || Token.isUnresolved(domainName)) return;
  const zoneName = zone.zoneName.replace(/\.$/, '');
  if (domainName !== zoneName && !domainName.endsWith(`.${zoneName}`)) {
    throw propError(`customDomain.hostedZone is ${zoneName}, which does not hold ${domainName}`, scope);
  }
}
