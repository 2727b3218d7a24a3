import { propError } from './prop-error.ts';

/**
 * What the sender signs, and where it sends by default. One instance of the construct verifies one scheme: the
 * scheme comes from configuration, never from what a request happens to carry.
 *
 * A further scheme is one line here, and one file in `function/src/scheme/`.
 */
export class SignatureScheme {
  private static readonly byName = new Map<string, SignatureScheme>();

  /** `webhook=…&signature=…` with a hex HMAC-SHA256 of the decoded `webhook` field: the tutorial's format. */
  static readonly FORM = new SignatureScheme('form', '/webhook/genesys');
  /** Open Messaging's outbound notifications: `X-Hub-Signature-256` over the raw body. */
  static readonly OPEN_MESSAGING = new SignatureScheme('open-messaging', '/webhook/genesys/open-messaging');
  /** Web Services data actions and Bot Connector: a static token in `X-Webhook-Key`, with no integrity. */
  static readonly STATIC_TOKEN = new SignatureScheme('static-token', '/webhook/genesys/events');

  /** @throws where no scheme has this name. */
  static of(name: string): SignatureScheme {
    const scheme = SignatureScheme.byName.get(name);
    if (!scheme) {
      throw propError(
        `there is no scheme ${JSON.stringify(name)}; use ${[...SignatureScheme.byName.keys()].join(', ')}`,
      );
    }
    return scheme;
  }

  private constructor(
    /** As `SIGNATURE_SCHEME`, the log lines and `detail.metadata.scheme` say it. */
    readonly name: string,
    /** The route of an instance that names no `path`. */
    readonly defaultPath: string,
  ) {
    SignatureScheme.byName.set(name, this);
  }
}
