import { openChunks, type RunState, withChunk } from './run-state.ts';
import type { Chunk } from './sim-worker-messages.ts';
import type { SimWorker } from './start-sim-worker.ts';

export type LongRunDeps = {
  readonly startWorker: () => SimWorker;
  /** Keeps the state; called after each chunk, before it is shown. */
  readonly save: (state: RunState) => void;
  readonly onProgress: (state: RunState) => void;
  readonly nowMs: () => number;
  /** Ends the run early: chunks under way are lost. */
  readonly signal: AbortSignal;
};

export type LongRunEnd =
  | { readonly outcome: 'complete'; readonly state: RunState }
  | { readonly outcome: 'interrupted'; readonly state: RunState }
  /** The others have finished the chunk they were at. */
  | {
      readonly outcome: 'worker-died';
      readonly state: RunState;
      readonly chunk: Chunk;
      readonly reason: string;
    };

/** Plays what is open in the state, chunk by chunk. What comes out does not depend on the number of workers. */
export async function runLong(deps: LongRunDeps, before: RunState, workerCount: number): Promise<LongRunEnd> {
  const startedAtMs = deps.nowMs();
  const chunks = openChunks(before);
  const workers: SimWorker[] = [];
  const deaths: { readonly chunk: Chunk; readonly reason: string }[] = [];
  let state = before;
  const isEnding = (): boolean => deps.signal.aborted || deaths.length > 0;
  const playOn = async (workerNumber: number): Promise<void> => {
    const first = isEnding() ? undefined : next(chunks);
    if (first === undefined) return;
    const worker = deps.startWorker();
    workers.push(worker);
    for (let chunk: Chunk | undefined = first; chunk !== undefined; chunk = isEnding() ? undefined : next(chunks)) {
      const played = await worker.play(chunk);
      if (played.outcome === 'died') {
        deaths.push({ chunk, reason: played.reason });
        return;
      }
      const wallMs = before.wallMs + deps.nowMs() - startedAtMs;
      state = { ...withChunk(state, workerNumber, played.result), wallMs };
      deps.save(state);
      deps.onProgress(state);
    }
    worker.end();
  };
  const endAll = (): void => {
    for (const worker of workers) worker.end();
  };
  deps.signal.addEventListener('abort', endAll);
  try {
    await Promise.all(Array.from({ length: workerCount }, (_, index) => playOn(index + 1)));
  } finally {
    deps.signal.removeEventListener('abort', endAll);
    endAll();
  }
  if (next(openChunks(state)) === undefined) return { outcome: 'complete', state };
  const [death] = deaths;
  const isInterrupted = deps.signal.aborted || death === undefined;
  return isInterrupted ? { outcome: 'interrupted', state } : { outcome: 'worker-died', state, ...death };
}

function next(chunks: Iterator<Chunk, void>): Chunk | undefined {
  const { done, value } = chunks.next();
  return done === true || value === undefined ? undefined : value;
}
