/** What docs/performance.md shows of a run: a table and a chart. */
import { type Results, ratio, summary } from './results.ts';

const SHOWN: readonly [title: string, figure: string][] = [
  ['CPU of a cold start, both connections opened', 'init CPU ms'],
  ['CPU of the first request after it', 'first request CPU µs'],
  ['CPU per webhook of 1 KB, published', '1 KB CPU µs'],
  ['CPU per webhook of 100 KB, published', '100 KB CPU µs'],
  ['Peak memory, webhooks of 1 to 100 KB', 'peak MiB after 1 to 100 KB'],
];

export function performanceTable(results: Results): string {
  const heads = `| | product | of naive (Rust with default features) | of node (${nodeName(results)}) |`;
  const rows = SHOWN.map(([title, figure]) => {
    const [naive, node] = [share(results, 'naive', figure), share(results, 'node', figure)];
    return `| ${title} | ${readable(results, 'product', figure)} | ${naive} | ${node} |`;
  });
  return [heads, '|---|---|---|---|', ...rows].join('\n');
}

/** What the README says of a webhook of 1 KB. */
export function readmeSentence(results: Results): string {
  const figure = '1 KB CPU µs';
  const own = readable(results, 'product', figure);
  return `${own} of CPU, ${share(results, 'node', figure)} of what ${nodeName(results)} takes`;
}

/** What part of another candidate's figure the product takes. */
function share(results: Results, of: string, figure: string): string {
  return `1/${twoDigits(ratio(results, of, 'product', figure))}`;
}

function readable(results: Results, candidate: string, figure: string): string {
  const { median } = summary(results, candidate, figure);
  if (figure.includes('MiB')) return `${twoDigits(median)} MiB`;
  return `${twoDigits(figure.endsWith('µs') ? median / 1_000 : median)} ms`;
}

function nodeName({ machine }: Results): string {
  return `Node.js ${/\d+/.exec(String(machine.node))?.[0]}`;
}

function twoDigits(value: number): string {
  return String(+value.toPrecision(2));
}

const [WIDTH, LABEL, BAR, PANEL_GAP] = [760, 80, 22, 22] as const;
const LONGEST_BAR = WIDTH - LABEL - 110;

/** One panel a figure, one bar a candidate: an SVG document that suits light and dark pages. */
export function chart(results: Results): string {
  const names = ['product', 'naive', 'node'];
  let y = 0;
  const panels = SHOWN.map(([title, figure]) => {
    const lines = [`<text class="title" x="0" y="${y + 14}">${title}</text>`];
    const largest = Math.max(...names.map((name) => summary(results, name, figure).median));
    for (const name of names) {
      y += BAR;
      const width = (summary(results, name, figure).median / largest) * LONGEST_BAR;
      lines.push(
        `<text class="label" x="${LABEL - 8}" y="${y + 14}">${name}</text>`,
        `<rect class="${name}" x="${LABEL}" y="${y + 2}" width="${width.toFixed(1)}" height="${BAR - 6}" rx="2"/>`,
        `<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 14}">${readable(results, name, figure)}</text>`,
      );
    }
    y += BAR + PANEL_GAP;
    return lines.join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="CPU and memory of this function beside Rust with defaults and Node.js">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
rect { fill: #8c959f }
.title { font-weight: 600 }
.label { text-anchor: end }
.product { fill: #1a7f37 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } rect { fill: #6e7681 } .product { fill: #3fb950 } }
</style>
${panels.join('\n')}
</svg>
`;
}
