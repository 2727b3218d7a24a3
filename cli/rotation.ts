/** How far an automatic rotation of an instance's secret has come, and how it goes on from there. */
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AwsConfig } from './aws.ts';
import { jsonObject } from './json.ts';
import { unreadable } from './parking.ts';
import { isBlank, type SecretVersion, type StoredSecret } from './secret.ts';
import { type SecretReport, span } from './secret-causes.ts';
import type { Instance, Rotation } from './stack.ts';

/** In the order in which Secrets Manager runs them. */
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
/** A step takes less: Lambda ends it after 15 minutes at the latest. */
const UNDER_WAY_MS = 16 * 60_000;
/** Where nothing says since when the version is there. */
const LOOK_BACK_MS = 15 * 86_400_000;
/** Secrets Manager's clock and the function's need not agree. */
const CLOCK_SKEW_MS = 60_000;
const SECTION = 'docs/rotation.md#a-rotation-that-stands-half-way';
/** A step that timed out may have been carried out, so only a version without a value was surely never given. */
const KEEP = 'Do not remove AWSPENDING: Genesys may hold it';
const OAUTH_MEMBERS = ['clientId', 'clientSecret'];

/** The function's latest word about a version. */
interface Line {
  at: number;
  step: string;
  failed: boolean;
  /** Why it failed. */
  error?: string;
  /** What Genesys may have then, and which secrets verify. */
  state?: string;
}

/** A version that waits for its promotion. */
type Pending = SecretVersion & { versionId: string };

/** Reads the log only where AWSPENDING stands. Never fails: the secrets are worth a look without it. */
export async function examineRotation(
  instance: Instance,
  stored: StoredSecret,
  aws: AwsConfig,
  now = new Date(),
): Promise<SecretReport> {
  const { rotation } = instance;
  const pending = pendingVersion(stored);
  const [cause, oauth] = await Promise.all([
    pending && explain(pending, instance, stored, aws, now),
    rotation && examineOAuth(rotation, aws),
  ]);
  return {
    facts: [...schedule(stored, rotation, now), ...(oauth?.facts ?? [])],
    causes: [...(cause ? [cause] : []), ...(oauth?.causes ?? [])],
  };
}

/** Without a label that counts for nothing: AWSPENDING on the current version. */
function pendingVersion({ versions }: StoredSecret): Pending | undefined {
  const current = versions.find(({ stage }) => stage === 'AWSCURRENT');
  return versions.find(
    (version): version is Pending =>
      version.stage === 'AWSPENDING' && !!version.versionId && version.versionId !== current?.versionId,
  );
}

function schedule(
  { rotation: on }: StoredSecret,
  rotation: Rotation | undefined,
  now: Date,
): SecretReport['facts'] {
  if (!on) return rotation ? ['rotation    off, though the stack has a rotation function'] : [];
  const last = on.last ? `last ${span((now.getTime() - on.last.getTime()) / 1000)} ago` : 'never yet';
  const next = on.next ? `, next ${on.next.toISOString().slice(0, 10)}` : '';
  return [`rotation    ${rotation ? 'by genesys-webhook' : 'on'}, ${last}${next}`];
}

/** Why AWSPENDING stands, and how it goes on. */
async function explain(
  { versionId, empty, created }: Pending,
  { rotation, secretArn }: Instance,
  stored: StoredSecret,
  aws: AwsConfig,
  now: Date,
): Promise<string> {
  const since = new Date((created?.getTime() ?? now.getTime() - LOOK_BACK_MS) - CLOCK_SKEW_MS);
  const said = rotation && (await latestLine(rotation.logGroup, versionId, since, aws));
  const line = typeof said === 'string' ? undefined : said;
  const again = `aws secretsmanager rotate-secret --secret-id ${secretArn} (it answers that a previous rotation isn't complete, and tries it again)`;
  const forward = `${again}. ${KEEP}. The way forward by hand: ${SECTION}`;
  if (empty) {
    const why = typeof said === 'string' ? ` (${said})` : line?.failed ? `, which failed: ${line.error}` : '';
    return `a rotation stands before createSecret ended${why}. Version ${versionId} has no value, so nothing was given to Genesys. Unless it began just now, run ${again}, or give it up, with the check that docs/rotation.md#a-version-without-a-value has`;
  }
  if (typeof said === 'string')
    return `AWSPENDING stands on version ${versionId}, and how far its rotation has come is not known: ${said}. ${KEEP}: ${SECTION}`;
  const isRecent = (at?: number) => at !== undefined && now.getTime() - at < UNDER_WAY_MS;
  if (line) {
    const { at, step, failed, error, state } = line;
    const ago = `${span(Math.max(0, now.getTime() - at) / 1000)} ago`;
    const next = STEPS[STEPS.indexOf(step) + 1];
    if (failed)
      return `the rotation to version ${versionId} failed in ${step}, ${ago}: ${error}.${state ? ` ${state}.` : ''} Mend that, then run ${forward}`;
    if (isRecent(at))
      return `a rotation to version ${versionId} is under way: ${step} is done, ${next ? `${next} is next; both secrets verify` : 'labels take a few seconds to spread'}: wait`;
    // After the last step nothing is half-way: the label was put there again.
    if (next)
      return `the rotation to version ${versionId} stands after ${step}, which was done ${ago}; both secrets verify. ${next} may have begun. Run ${forward}`;
  }
  if (!rotation || !stored.rotation)
    return 'AWSPENDING stands: a rotation is under way, both secrets verify; promote it, or remove the label if nobody, and no rotation function, ever gave that secret to Genesys';
  if (isRecent(created?.getTime()))
    return `a rotation to version ${versionId} is under way; both secrets verify: wait`;
  return `AWSPENDING stands on version ${versionId}, of which the log of ${rotation.functionName} has no unfinished rotation since ${since.toISOString().slice(0, 10)}: it was staged by hand, or that log is not kept so long. Both secrets verify, and the automatic rotation is blocked: promote that version, or remove the label if Genesys was never given it, as ${SECTION} says`;
}

/** Or why it cannot be read. */
async function latestLine(
  logGroupName: string,
  versionId: string,
  since: Date,
  aws: AwsConfig,
): Promise<Line | string | undefined> {
  const pages = paginateFilterLogEvents(
    { client: new CloudWatchLogsClient(aws) },
    {
      logGroupName,
      startTime: since.getTime(),
      filterPattern: `{ $.message = "rotation" && $.secret_version_id = "${versionId}" }`,
    },
  );
  let latest: Line | undefined;
  try {
    for await (const { events = [] } of pages) {
      for (const { timestamp: at = 0, message = '' } of events) {
        const line = jsonObject(message);
        // An emulator need not know patterns.
        if (line?.message !== 'rotation' || line.secret_version_id !== versionId) continue;
        const { step, outcome, error, state } = line;
        if (typeof step !== 'string' || !STEPS.includes(step) || at < (latest?.at ?? 0)) continue;
        const failed = outcome === 'failed';
        latest = {
          at,
          step,
          failed,
          error: sentence(error) ?? 'its log does not say why',
          state: sentence(state),
        };
      }
    }
    return latest;
  } catch (error) {
    return unreadable("the rotation function's log", 'logs:FilterLogEvents', error);
  }
}

/** To be followed by a full stop. What Genesys answered may be in it, so nothing that a terminal would obey. */
function sentence(said: unknown): string | undefined {
  return typeof said === 'string' ? said.replace(/\p{Cc}+/gu, ' ').replace(/\.?\s*$/, '') : undefined;
}

/** Whether the function finds in the OAuth client's secret what it needs. Shows none of it. */
async function examineOAuth({ oauthSecretArn }: Rotation, aws: AwsConfig): Promise<SecretReport> {
  const fact = (text: string) => [`oauth       ${text}`];
  const what = `the OAuth client's secret ${oauthSecretArn}`;
  let value: string | undefined;
  try {
    const command = new GetSecretValueCommand({ SecretId: oauthSecretArn });
    ({ SecretString: value } = await new SecretsManagerClient(aws).send(command));
  } catch (error) {
    const { name } = error as Error;
    const why = unreadable(what, 'secretsmanager:GetSecretValue', error);
    if (name === 'AccessDeniedException') return { facts: fact(`not checked: ${why}`), causes: [] };
    // Where there is no value it is as good as empty.
    if (name !== 'ResourceNotFoundException') return { facts: [], causes: [why] };
  }
  const members = jsonObject(value ?? '') ?? {};
  const lacks = OAUTH_MEMBERS.filter((name) => {
    const member = members[name];
    return typeof member !== 'string' || isBlank(member);
  });
  if (lacks.length > 0)
    return { facts: [], causes: [`${what} has no ${lacks.join(' and no ')}: store them as JSON`] };
  return { facts: fact(`${what} has ${OAUTH_MEMBERS.join(' and ')}`), causes: [] };
}
