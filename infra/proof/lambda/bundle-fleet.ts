import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { type BundleProcess, type BundleProcessOptions, startBundleProcess } from './bundle-process.ts';

/** A function as Lambda runs it: a process per event under way, kept warm for the next one. */
export type BundleFleet = {
  readonly handler: FunctionHandler;
  /** Events answered so far. */
  readonly answeredCount: () => number;
  readonly processes: () => readonly BundleProcess[];
  stop(): Promise<void>;
};

/** `options` is asked for at the first event: only then is the stack up that the function's environment names. */
export function createBundleFleet(options: () => BundleProcessOptions): BundleFleet {
  const all: Promise<BundleProcess>[] = [];
  const started: BundleProcess[] = [];
  const idle: BundleProcess[] = [];
  let answeredCount = 0;
  const acquire = async (): Promise<BundleProcess> => {
    const warm = idle.pop();
    if (warm !== undefined) return warm;
    const starting = startBundleProcess(options());
    all.push(starting);
    const fresh = await starting;
    started.push(fresh);
    return fresh;
  };
  return {
    handler: async (event) => {
      const worker = await acquire();
      const result = await worker.invoke(event);
      idle.push(worker);
      if (result.outcome === 'failed') throw new Error(`${result.errorType}: ${result.errorMessage}`);
      answeredCount += 1;
      return result.value;
    },
    answeredCount: () => answeredCount,
    processes: () => started,
    stop: async () => {
      const processes = await Promise.allSettled(all);
      await Promise.all(processes.map((each) => (each.status === 'fulfilled' ? each.value.stop() : undefined)));
    },
  };
}
