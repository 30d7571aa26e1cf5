/**
 * Memory of an instance of each function.
 *
 * `ingest` takes up to 256 MB of bodies at a time, and holds of each a piece of 5,000 values parsed. `decide` is sent 80 pushes at a time: each may
 * bring a profile of 0.9 MB, 4 MB as it is read, parsed and written, and beside those a budget of 400 MB leaves room for
 * messages of any size (`functions/decide/push/push-weight.ts`).
 */
export const MEMORY_MIB = { ingest: 1024, decide: 1024, operate: 512 } as const;

/** The rest is new objects (three times 32 MiB), buffers of bodies and connections, and Node itself. */
const OLD_SPACE_SHARE = 0.6;

/** How Node is told to use an instance: by itself it takes half of the memory for old objects, and what the heap may hold follows. */
export function nodeOptionsFor(memoryMib: number): string {
  return `--max-old-space-size=${Math.floor(OLD_SPACE_SHARE * memoryMib)}`;
}
