import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/** Wrong arguments. The command's help is printed after the message. */
export class UsageError extends Error {}

/**
 * Reads a command's options. An unknown argument is named by its place only. It may be a secret typed by mistake, and
 * Node's own message would quote it into a terminal or a CI log.
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
