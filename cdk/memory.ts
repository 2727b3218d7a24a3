/** The function's memory, in MiB, where no other is asked for. */
export const DEFAULT_MEMORY_MIB = 128;

/**
 * Fits the function's allocator, mimalloc, to a small machine that nobody shares: by default it asks for pages of 2 MiB,
 * most of which would stay empty, and keeps books for a gibibyte (docs/decisions.md, "Speed"; the options: "Environment
 * Options", mimalloc).
 */
export const ALLOCATOR = {
  MIMALLOC_ALLOW_THP: '0',
  MIMALLOC_ARENA_RESERVE: '64MiB',
} as const;
