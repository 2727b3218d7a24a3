import { parseArgs } from 'node:util';

/** An option, as it is read and as the help shows it. */
export interface Option {
  type: 'string' | 'boolean';
  short?: string;
  default?: string;
  description: string;
  /** Stands for the value in the help. */
  placeholder?: string;
  /** What holds without the option, where that is no fixed value. */
  otherwise?: string;
}

export type Options = Record<string, Option>;
export type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/** Wrong arguments. */
export class UsageError extends Error {}

/**
 * Reads the options that come after a command. An unknown argument is named by its place only. It may be a secret typed
 * by mistake, and Node's own message would quote it into a terminal or a CI log.
 *
 * @throws UsageError
 */
export function parseOptions<const T extends Options>(
  command: string,
  args: string[],
  options: T,
): Values<T> {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const unknown = tokens.find((token) => token.kind !== 'option' || !Object.hasOwn(options, token.name));
  if (unknown) {
    throw new UsageError(
      `argument ${unknown.index + 1} after \`${command}\` is none of its options; it is not shown, as it may be a secret`,
    );
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
