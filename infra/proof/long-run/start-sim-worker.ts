import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FaultPlan } from '#lib/simulation/fault-plan.ts';
import { INLINED_BYTECODE_FLAG } from '#lib/simulation/simulate.ts';
import { type Chunk, type ChunkRequest, type ChunkResult, ChunkResultSchema } from './sim-worker-messages.ts';

export type Played =
  | { readonly outcome: 'played'; readonly result: ChunkResult }
  /** It ended by itself, or `end` was called. */
  | { readonly outcome: 'died'; readonly reason: string };

export type SimWorker = {
  /** One chunk at a time. */
  play(chunk: Chunk): Promise<Played>;
  end(): void;
};

const WORKER_FILE = fileURLToPath(import.meta.resolve('./sim-worker.ts'));
const LAST_WORDS_MAX = 2_000;

/** A process of its own: lives of several workers share no heap, and a worker that dies takes no other with it. */
export function startSimWorker(plan: FaultPlan): SimWorker & { readonly pid: number | undefined } {
  const child = fork(WORKER_FILE, {
    execArgv: [INLINED_BYTECODE_FLAG],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  let death: string | null = null;
  let answer: ((played: Played) => void) | null = null;
  const settle = (played: Played): void => {
    answer?.(played);
    answer = null;
  };
  const die = (reason: string): void => {
    death ??= reason;
    settle({ outcome: 'died', reason: death });
  };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-LAST_WORDS_MAX);
  });
  child.on('error', ({ message }) => die(message));
  child.on('close', (code, signal) => die(describeEnd(code, signal, lastWords)));
  child.on('message', (message) => {
    const result = ChunkResultSchema.safeParse(message);
    if (result.success) settle({ outcome: 'played', result: result.data });
    else die('it answered with something else than the result of a chunk');
  });
  return {
    pid: child.pid,
    play: (chunk) =>
      new Promise((resolve) => {
        answer = resolve;
        if (death !== null) return die(death);
        const request: ChunkRequest = { chunk, plan };
        // A child that is gone is reported by its end, with its last words.
        child.send(request, () => undefined);
      }),
    end: () => void child.kill('SIGKILL'),
  };
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null, lastWords: string): string {
  const how = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
  const error = /^\w*Error\b.*$|^FATAL ERROR.*$/m.exec(lastWords)?.[0];
  return error === undefined ? how : `${how}: ${error}`;
}
