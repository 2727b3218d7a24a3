/** The tables of the documents say what the manifests say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { OUTCOME_NAMES, OUTCOMES } from '../../contract/outcomes.ts';
import { SCHEME_NAMES, SCHEMES } from '../../contract/schemes.ts';
import { root } from '../../dev/common/root.ts';

/** The table under this row of headings, cell by cell. */
function table(document: string, headings: string): string[][] {
  const [, rows = ''] =
    readFileSync(join(root, document), 'utf8').match(
      new RegExp(`^\\| ${headings.replaceAll('|', '\\|')} \\|\\n\\|[-|]+\\|\\n((?:\\|.*\\n)+)`, 'm'),
    ) ?? [];
  return rows
    .trimEnd()
    .split('\n')
    .map((row) => row.slice(2, -2).split(' | '));
}

const inTable = OUTCOME_NAMES.toSorted();

test('contract.md has status, headers and body of every outcome', () => {
  const rows = table('docs/contract.md', 'request | outcome | status | body');
  const named = rows.map(([, outcome = '', ...answer]) => [outcome.replaceAll('`', ''), answer] as const);
  assert.deepEqual([...new Set(named.map(([outcome]) => outcome))].toSorted(), inTable);
  for (const outcome of OUTCOME_NAMES) {
    const { status, body, headers = {} } = OUTCOMES[outcome];
    const sent = Object.entries(headers).map(([name, value]) => `${titleCase(name)}: ${value}`);
    const expected = [
      [status, ...sent.map((header) => `\`${header}\``)].join(', '),
      `\`${JSON.stringify(body)}\``,
    ];
    for (const [name, answer] of named) if (name === outcome) assert.deepEqual(answer, expected, outcome);
  }
});

test('the runbook has the status of every outcome', () => {
  const rows = table('docs/runbook.md', '`outcome` | status | meaning | `reason`');
  assert.deepEqual(
    rows.map(([outcome = '', status]) => [outcome.replaceAll('`', ''), Number(status)]).toSorted(),
    inTable.map((outcome) => [outcome, OUTCOMES[outcome].status]),
  );
});

test('genesys.md has name, header and credential of every scheme, and events.md its name', () => {
  const rows = table('docs/genesys.md', 'scheme | in Genesys Cloud | credential | documented by');
  const inEvents = table('docs/events.md', 'scheme | `detail-type` | `dedupeKey`, a SHA-256 in hex, of');
  for (const each of [rows, inEvents]) {
    assert.deepEqual(
      each.map(([scheme]) => scheme),
      SCHEME_NAMES.map((scheme) => `\`${scheme}\``),
    );
  }
  for (const [index, scheme] of SCHEME_NAMES.entries()) {
    const { header, mac, minSecretChars } = SCHEMES[scheme];
    const credential = rows[index]?.[2] ?? '';
    assert.match(credential, new RegExp(`\`${titleCase(header)}[:\`]`), scheme);
    if (mac) assert.ok(credential.includes(`${mac.encoding} HMAC-SHA256`), `${scheme}: ${mac.encoding}`);
    if (mac?.prefix) assert.ok(credential.includes(`: ${mac.prefix}…\``), `${scheme}: ${mac.prefix}`);
    if (minSecretChars > 1) assert.ok(credential.includes(`${minSecretChars} characters or more`), scheme);
  }
});

test('configuration.md has every member of a deployment, prop of the construct and variable of the function', () => {
  const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  const sources = [
    'genesys-webhook-props',
    'genesys-rotation',
    'webhook-api',
    'webhook-bus',
    'secret-policy',
  ];
  const props = sources.flatMap((name) =>
    Array.from(
      readFileSync(join(root, `cdk/${name}.ts`), 'utf8').matchAll(/^ {2}readonly (\w+)\?:/gm),
      ([, prop = '']) => prop,
    ),
  );
  const deployment = readFileSync(join(root, 'cdk/app/deployment.ts'), 'utf8');
  const members = Array.from(
    deployment.matchAll(/^ {2}(\w+): (?:z|duration|domain|alarms|rotation)\b/gm),
    ([, name = '']) => name,
  ).filter((name) => !name.endsWith('Threshold'));
  const config = readFileSync(join(root, 'function/src/config.rs'), 'utf8').split('#[cfg(test)]')[0] ?? '';
  const variables = [
    ...config.matchAll(/"([A-Z]+(?:_[A-Z]+)+)"/g),
    ...readFileSync(join(root, 'cdk/genesys-rotation.ts'), 'utf8').matchAll(/^ +([A-Z]+(?:_[A-Z]+)+): /gm),
  ].map(([, variable = '']) => variable);
  assert.ok(members.length > 25 && props.length > 15 && variables.length > 17);
  const missing = [...members, ...props, ...variables].filter(
    (name) => !new RegExp(`\\b${name}\\b`).test(page),
  );
  assert.deepEqual(missing, []);
});

/** A header's name as people write it. */
function titleCase(header: string): string {
  return header.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}
