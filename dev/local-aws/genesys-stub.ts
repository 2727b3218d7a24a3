/**
 * Genesys Cloud, as far as a rotation asks it: the token endpoint, an Open Messaging integration and a data action's
 * credential, with the bodies of its errors (the Python SDK's models, and the Terraform provider).
 *
 * It is as strict as Genesys may be. An update without a member loses that member, a PUT replaces everything, and no
 * answer shows a secret.
 */
import { randomUUID } from 'node:crypto';
import type { SiteAnswer, SiteRequest } from './internet.ts';

type Json = Record<string, unknown>;

const TOKEN = 'outboundNotificationWebhookSignatureSecretToken';
const UPDATABLE = [
  'name',
  'supportedContent',
  'messagingSetting',
  'outboundNotificationWebhookUrl',
  'webhookHeaders',
];
const INTEGRATIONS = '/api/v2/conversations/messaging/integrations/open/';
const CREDENTIALS = '/api/v2/integrations/credentials/';

export interface GenesysOptions {
  readonly integrationId: string;
  readonly credentialId: string;
}

export class GenesysStub {
  readonly oauth = { clientId: randomUUID(), clientSecret: randomUUID() };
  readonly permissions = new Set([
    'messaging:integration:view',
    'messaging:integration:edit',
    'integrations:integration:view',
    'integrations:integration:edit',
  ]);
  /** As GET shows it, but for what only Genesys sets. */
  integration: Json;
  credential: Json;
  /** The secrets that Genesys signs with, or presents, at this moment. */
  readonly held = { integration: '', credential: '' };
  /** Those given out so far. */
  readonly accessTokens = new Set<string>();

  constructor(readonly options: GenesysOptions) {
    this.integration = {
      name: 'Receiver in AWS',
      supportedContent: {
        id: randomUUID(),
        selfUri: '/api/v2/conversations/messaging/supportedcontent/default',
      },
      messagingSetting: {
        id: randomUUID(),
        name: 'Default',
        selfUri: '/api/v2/conversations/messaging/settings/1',
      },
      outboundNotificationWebhookUrl:
        'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/webhook/genesys/open-messaging',
      webhookHeaders: { 'x-team': 'contact centre', id: 'a header may be called so' },
    };
    this.credential = { name: 'Receiver in AWS', type: { name: 'userDefined' }, fields: ['webhookKey'] };
  }

  /** The names that a Genesys answers for. */
  static hosts(domain: string): string[] {
    return ['api', 'login'].map((name) => `${name}.${domain}`);
  }

  answer(request: SiteRequest): SiteAnswer {
    if (request.host.startsWith('login.')) return this.#token(request);
    const { authorization = '' } = request.headers;
    if (!this.accessTokens.has(String(authorization).replace(/^Bearer /, '')))
      return failure(401, 'bad.credentials', 'Invalid login credentials.');
    if (request.path === INTEGRATIONS + this.options.integrationId)
      return this.#permitted(request, 'messaging', () => this.#integration(request));
    if (request.path === CREDENTIALS + this.options.credentialId)
      return this.#permitted(request, 'integrations', () => this.#credential(request));
    return failure(404, 'not.found', `Nothing is at ${request.path}.`);
  }

  #token({ method, path, headers, body }: SiteRequest): SiteAnswer {
    if (method !== 'POST' || path !== '/oauth/token') return failure(404, 'not.found', 'Not found.');
    const basic = Buffer.from(String(headers.authorization).replace(/^Basic /, ''), 'base64').toString();
    const [id, secret] = basic.split(':');
    const refusal = { error: 'invalid_client', description: 'client not found' };
    if (id !== this.oauth.clientId) return json(400, refusal);
    if (secret !== this.oauth.clientSecret) return json(401, refusal);
    if (new URLSearchParams(body.toString()).get('grant_type') !== 'client_credentials')
      return json(400, { error: 'unsupported_grant_type', description: 'unknown grant' });
    const token = randomUUID() + randomUUID();
    this.accessTokens.add(token);
    return json(200, { access_token: token, token_type: 'bearer', expires_in: 86_400 });
  }

  #permitted({ method }: SiteRequest, resource: string, work: () => SiteAnswer): SiteAnswer {
    const missing = `${resource}:integration:${method === 'GET' ? 'view' : 'edit'}`;
    return this.permissions.has(missing)
      ? work()
      : failure(403, 'missing.permissions', `Unable to perform the requested action. Missing ${missing}.`);
  }

  #integration({ method, body }: SiteRequest): SiteAnswer {
    if (method === 'PATCH') {
      const update = JSON.parse(body.toString()) as Json;
      const unknown = Object.keys(update).filter((name) => name !== TOKEN && !UPDATABLE.includes(name));
      // An error may quote what it was sent.
      if (!update.name || unknown.length > 0) return failure(400, 'bad.request', `Cannot read ${body}.`);
      const secret = String(update[TOKEN] ?? this.held.integration);
      if (secret.length <= 15)
        return failure(400, 'invalid.value', `${secret} must be longer than 15 characters.`);
      this.held.integration = secret;
      this.integration = Object.fromEntries(Object.entries(update).filter(([name]) => name !== TOKEN));
    } else if (method !== 'GET') return failure(405, 'method.not.allowed', 'Not allowed.');
    const own = { status: 'Active', createStatus: 'Completed', dateModified: new Date().toISOString() };
    return json(200, { id: this.options.integrationId, ...this.#shown(), ...own });
  }

  /** References have more members in an answer than an update takes. */
  #shown(): Json {
    const named = (value: unknown) => (value ? { ...(value as Json), selfUri: '/api/v2/any' } : undefined);
    const { supportedContent, messagingSetting, ...others } = this.integration;
    return {
      ...others,
      supportedContent: named(supportedContent),
      messagingSetting: named(messagingSetting),
    };
  }

  #credential({ method, body }: SiteRequest): SiteAnswer {
    if (method === 'PUT') {
      const { name, type, credentialFields } = JSON.parse(body.toString());
      if (!type?.name || !credentialFields) return failure(400, 'bad.request', `Cannot read ${body}.`);
      this.credential = { name, type, fields: Object.keys(credentialFields) };
      this.held.credential = String(Object.values(credentialFields)[0]);
    } else if (method !== 'GET') return failure(405, 'method.not.allowed', 'Not allowed.');
    const { fields, ...shown } = this.credential as { fields: string[] };
    const redacted = Object.fromEntries(fields.map((field) => [field, '']));
    return json(200, { id: this.options.credentialId, ...shown, credentialFields: redacted });
  }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): SiteAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** `ErrorBody` of the API. */
export function failure(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): SiteAnswer {
  return json(status, { message, code, status, contextId: randomUUID(), details: [], errors: [] }, headers);
}
