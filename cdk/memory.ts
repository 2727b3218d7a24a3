/**
 * Fits the function's allocator, mimalloc, to a small machine that nobody shares: by default it asks for pages of 2 MiB,
 * most of which would stay empty, keeps books for a gibibyte, and gives back what it soon needs again (docs/decisions.md,
 * "Speed"; the options: "Environment Options", mimalloc).
 */
export const ALLOCATOR = {
  MIMALLOC_ALLOW_THP: '0',
  MIMALLOC_ARENA_RESERVE: '64MiB',
  MIMALLOC_PURGE_DELAY: '-1',
} as const;
