import { residentBytes } from '#bench/process/memory.ts';

/** What a process held, in bytes. */
export interface MemoryUse {
  /** Median of the first samples after it was warm. */
  readonly warm: number;
  readonly most: number;
  readonly last: number;
}

export interface MemoryWatch {
  /** The process is warm from now on. */
  isWarm(): void;
  /** Ends the watch. Undefined where the system does not tell, or there was no time to look. */
  end(): Promise<MemoryUse | undefined>;
}

const SAMPLE_MS = 500;
const WARM_SAMPLES = 10;

/** Looks at what process `pid` holds, twice a second. */
export function watchMemory(pid: number): MemoryWatch {
  const samples: number[] = [];
  let warmFrom: number | undefined;
  const sampling = setInterval(() => {
    void residentBytes(pid).then((bytes) => bytes !== undefined && samples.push(bytes));
  }, SAMPLE_MS);

  return {
    isWarm: () => void (warmFrom ??= samples.length),
    end: async () => {
      clearInterval(sampling);
      const last = await residentBytes(pid);
      if (last === undefined || warmFrom === undefined) return undefined;
      const warm = samples.slice(warmFrom, warmFrom + WARM_SAMPLES).sort((a, b) => a - b);
      const median = warm[Math.floor(warm.length / 2)];
      return median === undefined ? undefined : { warm: median, most: Math.max(...samples, last), last };
    },
  };
}
