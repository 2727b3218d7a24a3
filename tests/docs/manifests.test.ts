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

test('the_contract_has_status_headers_and_body_of_every_outcome', () => {
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

test('the_runbook_has_the_status_of_every_outcome', () => {
  const rows = table('docs/runbook.md', '`outcome` | status | meaning | `reason`');
  assert.deepEqual(
    rows.map(([outcome = '', status]) => [outcome.replaceAll('`', ''), Number(status)]).toSorted(),
    inTable.map((outcome) => [outcome, OUTCOMES[outcome].status]),
  );
});

test('the_readme_has_name_header_and_credential_of_every_scheme', () => {
  const rows = table('README.md', 'scheme | in Genesys Cloud | credential | documented by');
  assert.deepEqual(
    rows.map(([scheme]) => scheme),
    SCHEME_NAMES.map((scheme) => `\`${scheme}\``),
  );
  for (const [index, scheme] of SCHEME_NAMES.entries()) {
    const { header, mac, minSecretChars } = SCHEMES[scheme];
    const credential = rows[index]?.[2] ?? '';
    assert.match(credential, new RegExp(`\`${titleCase(header)}[:\`]`), scheme);
    if (mac) assert.ok(credential.includes(`${mac.encoding} HMAC-SHA256`), `${scheme}: ${mac.encoding}`);
    if (mac?.prefix) assert.ok(credential.includes(`: ${mac.prefix}…\``), `${scheme}: ${mac.prefix}`);
    if (minSecretChars > 1) assert.ok(credential.includes(`${minSecretChars} characters or more`), scheme);
  }
});

/** A header's name as people write it. */
function titleCase(header: string): string {
  return header.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}
