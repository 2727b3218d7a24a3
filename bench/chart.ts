/** The chart of docs/performance.md: one panel a figure, one bar a candidate. */
import type { FigureName } from './measure.ts';
import { nodeName, type Results, summary } from './results.ts';

const [WIDTH, LABEL, BAR, PANEL_GAP] = [760, 130, 22, 22] as const;
const LONGEST_BAR = WIDTH - LABEL - 110;

interface Panel {
  title: string;
  figure: FigureName;
  unit: 'ms' | 'MiB';
  /** How many of the figure's own unit. */
  perUnit: number;
}

const PANELS: readonly Panel[] = [
  { title: 'CPU of a cold start', figure: 'init CPU ms', unit: 'ms', perUnit: 1 },
  { title: 'CPU of the first request after it', figure: 'first request CPU µs', unit: 'ms', perUnit: 1_000 },
  {
    title: 'CPU per webhook of 1 KB, published to EventBridge',
    figure: '1 KB CPU µs',
    unit: 'ms',
    perUnit: 1_000,
  },
  {
    title: 'Peak memory after webhooks of 1 to 100 KB',
    figure: 'peak MiB after 1 to 100 KB',
    unit: 'MiB',
    perUnit: 1,
  },
];

/** An SVG document that suits light and dark pages. */
export function chart(results: Results): string {
  const shown = { product: 'this project', naive: 'Rust, defaults', node: nodeName(results) };
  let y = 0;
  const panels = PANELS.map((panel) => {
    const values = Object.entries(shown).map(([name, label]) => {
      const mode = results.candidates[name]?.pinned ? 'pinned' : 'unpinned';
      return { label, value: (summary(results, name, mode, panel.figure)?.median ?? 0) / panel.perUnit };
    });
    const largest = Math.max(...values.map(({ value }) => value));
    const title = `<text class="title" x="0" y="${y + 14}">${panel.title}</text>`;
    y += BAR;
    const bars = values.map(({ label, value }, i) => {
      const [top, width] = [y, Math.max(1, (value / largest) * LONGEST_BAR)];
      y += BAR;
      return (
        `<text class="label" x="${LABEL - 8}" y="${top + 14}">${label}</text>` +
        `<rect class="${i === 0 ? 'ours' : 'other'}" x="${LABEL}" y="${top + 2}" width="${width.toFixed(1)}" height="${BAR - 6}" rx="2"/>` +
        `<text x="${(LABEL + width + 6).toFixed(1)}" y="${top + 14}">${+value.toPrecision(2)} ${panel.unit}</text>`
      );
    });
    y += PANEL_GAP;
    return [title, ...bars].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="CPU and memory of this project beside Rust with defaults and Node.js">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.label { text-anchor: end }
.ours { fill: #1a7f37 }
.other { fill: #8c959f }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #3fb950 } .other { fill: #6e7681 } }
</style>
${panels.join('\n')}
</svg>
`;
}
