import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/** What was typed is none that a command takes; its help says what it does take. */
export class UsageError extends Error {}

/**
 * Reads a command's options. An argument that is none of them is named by its place alone: where a secret is typed by
 * mistake, Node's own message would quote it into a terminal's or a CI run's log.
 *
 * @throws UsageError
 */
export function parseOptions<const T extends Options>(args: string[], options: T): Values<T> {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const unknown = tokens.find((token) => token.kind !== 'option' || !Object.hasOwn(options, token.name));
  if (unknown) {
    throw new UsageError(
      `argument ${unknown.index + 1} after the command is none of its options; it is not shown, as it may be a secret`,
    );
  }
  return parseArgs({ args, options }).values;
}
