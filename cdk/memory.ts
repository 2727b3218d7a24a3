/** The function's memory, in MiB, where no other is asked for. */
export const DEFAULT_MEMORY_MIB = 128;

/**
 * Options of the function's allocator, mimalloc ("Environment Options"). Its defaults suit a large machine: pages of 2 MiB,
 * most of which would stay empty here, and books for a gibibyte (docs/decisions.md, "Speed").
 */
export const ALLOCATOR = {
  MIMALLOC_ALLOW_THP: '0',
  MIMALLOC_ARENA_RESERVE: '64MiB',
} as const;
