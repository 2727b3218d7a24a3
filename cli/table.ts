/** Rows of text in columns, each as wide as its widest cell. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => String(row[column] ?? '').length));
  const line = (row: readonly (string | number)[]) =>
    row.map((cell, column) => String(cell).padEnd(width(column))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
