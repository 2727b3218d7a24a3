/** The largest threshold that glibc takes on 64 bits, in bytes (mallopt(3): `DEFAULT_MMAP_THRESHOLD_MAX`). */
const MOST = String(32 * 1024 * 1024);

/**
 * Has the function's allocator, glibc's, keep the memory of one request for the next: by default it returns large blocks
 * to the kernel at once, and faults them in again with each webhook of 100 KB or more (docs/decisions.md, "Speed").
 */
export const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: MOST, MALLOC_TRIM_THRESHOLD_: MOST } as const;
