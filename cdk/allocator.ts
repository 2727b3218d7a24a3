/**
 * Fits the function's allocator, mimalloc, to a small machine: by default it asks for pages of 2 MiB, most of which would
 * stay empty, and keeps books for a gibibyte (docs/decisions.md, "Speed"; the options: "Environment Options", mimalloc).
 */
export const ALLOCATOR = { MIMALLOC_ALLOW_THP: '0', MIMALLOC_ARENA_RESERVE: '64MiB' } as const;
