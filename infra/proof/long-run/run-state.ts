import * as z from 'zod';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { emptyTally, LifeTallySchema, mergeTallies } from '#lib/simulation/life-tally.ts';
import type { Chunk, ChunkResult } from './sim-worker-messages.ts';

const CountSchema = z.int().min(0);

/** What decides the results; a run goes on only under the same. */
const RunTermsSchema = z.strictObject({
  seed: CountSchema,
  lives: z.int().min(1),
  /** SHA-256 of the fault plan and of the simulator's code. */
  planDigest: z.string(),
  codeDigest: z.string(),
});
export type RunTerms = z.output<typeof RunTermsSchema>;

const RunStateSchema = z.strictObject({
  v: z.literal(1),
  terms: RunTermsSchema,
  chunkLives: z.int().min(1),
  /** Chunks below this number are done, and those. */
  doneBelow: CountSchema,
  doneBeyond: z.array(CountSchema),
  tally: LifeTallySchema,
  /** By the number of the worker. */
  workers: z.array(
    z.strictObject({ lives: CountSchema, busyMs: z.number().min(0), cpuMs: z.number().min(0) }).readonly(),
  ),
  /** Of the sessions before this one, from start to the last chunk. */
  wallMs: z.number().min(0),
  resumedCount: CountSchema,
});
export type RunState = Readonly<z.output<typeof RunStateSchema>>;

export function startState(terms: RunTerms, chunkLives: number): RunState {
  return {
    ...{ v: 1, terms, chunkLives, doneBelow: 0, doneBeyond: [], tally: emptyTally() },
    ...{ workers: [], wallMs: 0, resumedCount: 0 },
  };
}

export function chunkCountOf({ terms, chunkLives }: RunState): number {
  return Math.ceil(terms.lives / chunkLives);
}

export function chunkAt({ terms, chunkLives }: RunState, index: number): Chunk {
  const before = index * chunkLives;
  return { index, seed: terms.seed + before, lives: Math.min(chunkLives, terms.lives - before) };
}

/** The chunks that are not done, in order. */
export function* openChunks(state: RunState): Generator<Chunk, void> {
  const done = new Set(state.doneBeyond);
  const count = chunkCountOf(state);
  for (let index = state.doneBelow; index < count; index += 1) if (!done.has(index)) yield chunkAt(state, index);
}

export function withChunk(state: RunState, workerNumber: number, { chunk, tally, ...cost }: ChunkResult): RunState {
  const beyond = new Set([...state.doneBeyond, chunk.index]);
  let { doneBelow } = state;
  while (beyond.delete(doneBelow)) doneBelow += 1;
  const known = Array.from({ length: Math.max(state.workers.length, workerNumber) }, (_, index) => {
    const { lives, busyMs, cpuMs } = state.workers[index] ?? { lives: 0, busyMs: 0, cpuMs: 0 };
    if (index !== workerNumber - 1) return { lives, busyMs, cpuMs };
    return { lives: lives + chunk.lives, busyMs: busyMs + cost.busyMs, cpuMs: cpuMs + cost.cpuMs };
  });
  return {
    ...state,
    ...{ doneBelow, doneBeyond: [...beyond], workers: known, tally: mergeTallies(state.tally, tally) },
  };
}

/**
 * The state of a run that ended early, from the text of its file.
 * @throws InvalidInputError for a text that is no state, and for the state of another run
 */
export function resumeState(text: string, file: string, terms: RunTerms): RunState {
  const state = parseState(text, file);
  assertSame(file, state.terms, terms);
  return { ...state, resumedCount: state.resumedCount + 1 };
}

const REMEDY = 'Delete it to start from the beginning, or name another file with --state.';

function parseState(text: string, file: string): RunState {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new InvalidInputError(`The state file "${file}" is not JSON: it is cut off or another file. ${REMEDY}`);
  }
  const parsed = RunStateSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
    throw new InvalidInputError(
      `The state file "${file}" holds no state of a run (${place}: ${issue?.message}). ${REMEDY}`,
    );
  }
  if (!isConsistent(parsed.data)) {
    throw new InvalidInputError(`The state file "${file}" contradicts itself: its counts do not add up. ${REMEDY}`);
  }
  return parsed.data;
}

/** The tally and the workers count the lives of the chunks that are done. */
function isConsistent(state: RunState): boolean {
  const count = chunkCountOf(state);
  const { doneBelow, doneBeyond, terms, tally, workers } = state;
  const isInPlace = doneBeyond.every((index) => index > doneBelow && index < count);
  if (!isInPlace || doneBelow > count || new Set(doneBeyond).size !== doneBeyond.length) return false;
  let lives = Math.min(doneBelow * state.chunkLives, terms.lives);
  for (const index of doneBeyond) lives += chunkAt(state, index).lives;
  const ends = Object.values(tally.endsByState).reduce((sum, each) => sum + each, 0);
  const played = workers.reduce((sum, each) => sum + each.lives, 0);
  return tally.lives === lives && ends === lives && played === lives;
}

function assertSame(file: string, known: RunTerms, asked: RunTerms): void {
  const differences = [
    ...(known.seed === asked.seed ? [] : [`--seed is ${known.seed} there and ${asked.seed} here`]),
    ...(known.lives === asked.lives ? [] : [`--lives is ${known.lives} there and ${asked.lives} here`]),
    ...(known.planDigest === asked.planDigest ? [] : ['its fault plan is another one']),
  ];
  if (differences.length > 0) {
    throw new InvalidInputError(
      `The state file "${file}" is of another run: ${differences.join(', ')}. Give its options to go on with it. ${REMEDY}`,
    );
  }
  if (known.codeDigest === asked.codeDigest) return;
  throw new InvalidInputError(
    `The state file "${file}" is of a run on other code: lives of two versions do not add up to one result. Check that version out to go on with it. ${REMEDY}`,
  );
}
