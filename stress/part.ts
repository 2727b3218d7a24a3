/** What `npm run stress` is made of. */
import type { Note } from '../dev/common/progress.ts';

/** One line of the final table. */
export interface Row {
  /** What was counted or claimed. */
  readonly what: string;
  readonly figure: string;
  /** Whether the claim holds. @default - nothing is claimed, it is a figure to know */
  readonly holds?: boolean;
}

/** `brief` ends within minutes, for `npm test`; `full` is what docs/reliability.md shows. */
export type Extent = 'brief' | 'full';

/** Resolves to its rows; throws where it could not be carried out. */
export type Part = (extent: Extent, note: Note) => Promise<Row[]>;

/** A row that fails unless the count is zero. */
export function zero(what: string, count: number): Row {
  return { what, figure: grouped(count), holds: count === 0 };
}

export function count(what: string, figure: number): Row {
  return { what, figure: grouped(figure) };
}

export function grouped(figure: number): string {
  return figure.toLocaleString('en');
}
