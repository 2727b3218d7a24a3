/** What documents and comments refer to is there: pages, headings, files, scripts, suites and tests. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../dev/common/root.ts';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file && existsSync(join(root, file)));
const topLevel = new Set(files.map((file) => file.split('/')[0] ?? ''));
const source = files.filter((file) => /\.(ts|mjs|rs|py|toml)$/.test(file));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, group = '']) => group);
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const documents = files
  .filter((file) => file.endsWith('.md'))
  .map((file) => {
    const prose = read(file).replace(/^ *```.*?^ *```$/gms, '');
    // A list's items and a table's rows are paragraphs, too. Code may go on in the next line.
    const paragraphs = prose
      .split(/\n\s*\n|\n(?=\s*[-|]|\s*\d+\.)/)
      .map((paragraph) => matches(paragraph, /`([^`]+)`/g).map((code) => code.replace(/\s+/g, ' ')));
    const shell = matches(read(file), /^ *```sh\n(.*?)^ *```$/gms).flatMap((block) => block.split('\n'));
    return { file, prose, paragraphs, shell, commands: [...shell, ...paragraphs.flat()] };
  });

/** Whether there is such a file or folder. `NAME` and `*` stand for any name. */
function isThere(path: string): boolean {
  const pattern = escaped(path.replace(/\/$/, '')).replace(/NAME|SCHEME|\\\*/g, '[^/]*');
  return files.some((file) => new RegExp(`^${pattern}(/|$)`).test(file));
}

function hasHeading(file: string, isMeant: (heading: string) => boolean): boolean {
  const text = documents.find((document) => document.file === file)?.prose ?? '';
  return matches(text, /^#+ (.*)$/gm).some((heading) => isMeant(heading.replaceAll('`', '')));
}

/** As GitHub writes a heading in a link. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** A reference as it stands in a text, and whether what it leads to is there. */
type Reference = readonly [reference: string, isThere: unknown];

/** A test of all references of a kind. That it finds some shows that the pattern still finds them. */
function allLead<T extends { file: string }>(
  title: string,
  texts: T[],
  find: (text: T) => Reference[],
): void {
  test(title, () => {
    const found = texts.flatMap((text) => find(text).map((reference) => [text.file, ...reference] as const));
    assert.ok(found.length > 20, `only ${found.length} were found`);
    const wrong = found
      .filter(([, , isThere]) => !isThere)
      .map(([file, reference]) => `${file}: ${reference}`);
    assert.deepEqual(wrong, []);
  });
}

allLead('links lead to pages and headings', documents, ({ file, prose }) =>
  matches(prose, /\]\(([^)\s]+)\)/g)
    .filter((link) => !/^https?:/.test(link))
    .map((link) => {
      const [path = '', hash] = link.split('#');
      const target = path ? join(dirname(file), path) : file;
      return [link, isThere(target) && (!hash || hasHeading(target, (heading) => anchor(heading) === hash))];
    }),
);

allLead('files that documents name are there', documents, ({ commands }) => {
  const words = commands.flatMap((code) => code.split(/[\s,:'"()]+/));
  return [
    ...words
      .filter((word) => /^[\w.@*-]+\/[\w.@*/-]*$/.test(word) && topLevel.has(word.split('/')[0] ?? ''))
      .map((path) => [path, isThere(path)] as const),
    ...words
      .filter((word) => /^[\w-]+(\.test)?\.(ts|rs|mjs|py)$/.test(word))
      .map((name) => [name, files.some((file) => basename(file) === name)] as const),
  ];
});

const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
const suites = [
  ...files.flatMap((file) => matches(file, /^(?:tests\/)?([\w-]+)\/[\w-]+\.test\.ts$/g)),
  ...files.flatMap((file) => matches(file, /^dev\/node\/(\d+)\//g)).map((major) => `node-${major}`),
  ...matches(read('dev/test.ts'), /(?:command|cargoTests|nodeTests)\('([^']+)'/g),
  ...matches(read('dev/suites/arm64.ts'), /name: '([^']+)'/g),
  'NAME',
];
// The changelog tells of former names.
const present = documents.filter(({ file }) => file !== 'CHANGELOG.md');
allLead('scripts and suites that documents name are there', present, ({ commands }) => {
  const text = commands.join('\n');
  const tested = matches(text, /npm test -- ([^#\n]+)/g).flatMap(
    (words) => words.match(/"[^"]+"|\S+/g) ?? [],
  );
  return [
    ...matches(text, /npm run (?:--silent )?([\w-]+)/g).map(
      (name) => [name, scripts.includes(name)] as const,
    ),
    ...tested.map((name) => [name, suites.includes(name.replaceAll('"', ''))] as const),
  ];
});

/** `four_words_with_underscores`, or a sentence that is no command. */
function isTestName(code: string): boolean {
  const isSentence =
    /^[a-z]+( [\w',.-]+){4,}$/i.test(code) && !/ -|^(npm|npx|node|cargo|aws|git) /.test(code);
  return isSentence || /^[a-z0-9]+(_[a-z0-9]+){3,}$/.test(code);
}

/** The titles of tests, each as a pattern in which anything stands for what a template fills in. */
function titles(file: string): RegExp[] {
  const [rust, typescript] = [/\bfn (\w+)/g, /\b(?:test|describe)\(\s*((['"`]).*?(?<!\\)\2)/gs];
  return matches(read(file), file.endsWith('.rs') ? rust : typescript)
    .map((title) => title.replace(/^['"`]|['"`]$/g, '').split(/\$\{[^}]*\}/))
    .map((parts) => new RegExp(`^${parts.map(escaped).join('.+')}$`));
}

const allTitles = source.flatMap(titles);
allLead(
  'tests that documents name are in the file named before them, or in any',
  documents,
  ({ paragraphs }) =>
    paragraphs.flatMap((codes) => {
      let known: RegExp[] | undefined;
      return codes.flatMap((code): Reference[] => {
        if (source.includes(code)) known = titles(code);
        // A sentence may be anything; a name with underscores is a test's.
        const among = known ?? (code.includes(' ') ? undefined : allTitles);
        return among && isTestName(code) ? [[code, among.some((title) => title.test(code))]] : [];
      });
    }),
);

const code = source.map((file) => ({ file, text: read(file) }));
allLead('pages and headings that code names are there', code, ({ text }) =>
  [...text.matchAll(/(?<![\w./])((?:[\w-]+\/)*[\w-]+\.md)(?:#([\w-]+)|, "([^"\n]+)")?/g)]
    .filter(([, page = '']) => page.includes('/') || topLevel.has(page))
    .map(([reference, page = '', hash, heading]) => [
      reference,
      files.includes(page) &&
        (!hash || hasHeading(page, (known) => anchor(known) === hash)) &&
        (!heading || hasHeading(page, (known) => known === heading)),
    ]),
);

test('no document writes to a fixed name in a folder that all users share', () => {
  const shared = documents.flatMap(({ shell }) => shell).filter((line) => line.includes('/tmp/'));
  assert.deepEqual(shared, []);
});

test('the README has at most 900 words outside code', () => {
  const words = read('README.md')
    .replace(/^```.*?^```$/gms, '')
    .split(/\s+/)
    .filter(Boolean).length;
  assert.ok(words <= 900, `${words} words`);
});
