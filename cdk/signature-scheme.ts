import { SCHEME_NAMES, SCHEMES, type Scheme } from '../contract/schemes.ts';
import { propError } from './prop-error.ts';

/**
 * What the sender signs, and where it sends by default. One instance of the construct verifies one scheme, which comes
 * from configuration and never from a request.
 *
 * CONTRIBUTING.md, "Add a scheme", says what a further one takes.
 */
export class SignatureScheme {
  private static readonly all = SCHEME_NAMES.map((name) => new SignatureScheme(name));

  /** `webhook=…&signature=…` with a hex HMAC-SHA256 of the decoded `webhook` field: the tutorial's format. */
  static readonly FORM = SignatureScheme.of('form');
  /** Open Messaging's outbound notifications: `X-Hub-Signature-256` over the raw body. */
  static readonly OPEN_MESSAGING = SignatureScheme.of('open-messaging');
  /** Web Services data actions and Bot Connector: a static token in `X-Webhook-Key`, with no integrity. */
  static readonly STATIC_TOKEN = SignatureScheme.of('static-token');

  /** @throws where no scheme has this name. */
  static of(name: string): SignatureScheme {
    const scheme = SignatureScheme.all.find((known) => known.name === name);
    if (!scheme)
      throw propError(`there is no scheme ${JSON.stringify(name)}; use ${SCHEME_NAMES.join(', ')}`);
    return scheme;
  }

  /** The route of an instance that names no `path`. */
  readonly defaultPath: string;
  /** Begins the names of the instance's outputs, and its logical ids in this repository's stack. */
  readonly idPart: string;

  private constructor(
    /** As `SIGNATURE_SCHEME`, the log lines and `detail.metadata.scheme` say it. */
    readonly name: Scheme,
  ) {
    this.defaultPath = SCHEMES[name].path;
    this.idPart = SCHEMES[name].idPart;
  }
}
