import { TminusError } from '#lib/errors/errors.ts';
import { announceChange } from '#lib/lifecycle/notify/announce-change.ts';
import type {
  DeadLetter,
  DeadLetterQueue,
  DeadLetters,
  DroppedLetters,
  HeldLetter,
  ReplayTargets,
} from '#lib/ports/dead-letters.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import { type JudgeDeps, type Judgement, judgeLetter, type ReplayPlan } from './judge-letter.ts';

export type LettersDeps = Omit<JudgeDeps, 'targets'> & {
  readonly letters: DeadLetters;
  readonly targets: ReplayTargets;
  readonly bus: EventBus;
  readonly dropped: DroppedLetters;
};

/** `judgement` is the failure where the letter could not be looked into. */
export type SeenLetter = { readonly letter: DeadLetter; readonly judgement: Judgement };

export type LettersSeen = {
  readonly seen: readonly SeenLetter[];
  /** Queues that hold more than was read, or that another command looks into now; approximate. */
  readonly unseen: readonly { readonly queue: DeadLetterQueue; readonly count: number }[];
};

/** Long enough to read a queue; a command that is killed hides nothing for longer. */
const LOOK_MS = 60_000;
/** For one page of ten: each letter is sent on within seconds. */
const REPLAY_MS = 180_000;
/** What is left of the time when a letter is sent on: its requests give up before another operator can take it. */
const REPLAY_RESERVE_MS = 100_000;

/** Reads at most `limit` letters of each queue and puts all of them back. */
export async function listLetters(
  deps: LettersDeps,
  queues: readonly DeadLetterQueue[],
  limit: number,
): Promise<LettersSeen> {
  const read = await Promise.all(queues.map((queue) => readQueue(deps, queue, limit)));
  return { seen: read.flatMap(({ seen }) => seen), unseen: read.flatMap(({ unseen }) => unseen) };
}

async function readQueue(deps: LettersDeps, queue: DeadLetterQueue, limit: number): Promise<LettersSeen> {
  const held = new Map<string, HeldLetter>();
  try {
    while (held.size < limit) {
      const page = await deps.letters.take(queue, LOOK_MS);
      if (!keepNew(held, page)) break;
    }
    const { visible, hidden } = await deps.letters.count(queue);
    const seen: SeenLetter[] = [];
    for (const { letter } of held.values()) seen.push({ letter, judgement: await judgeOrSay(deps, letter) });
    const count = Math.max(visible + hidden - held.size, 0);
    return { seen, unseen: count === 0 ? [] : [{ queue, count }] };
  } finally {
    await releaseAll(deps, [...held.values()]);
  }
}

/** False when the page has nothing new: the queue is read to its end, or its first letters are visible again. */
function keepNew(held: Map<string, HeldLetter>, page: readonly HeldLetter[]): boolean {
  const before = held.size;
  for (const each of page) held.set(each.letter.id, each);
  return held.size > before;
}

/** Best effort: a letter that is not put back is visible again when its time is over. */
async function releaseAll({ letters }: LettersDeps, held: readonly HeldLetter[]): Promise<void> {
  await Promise.allSettled(held.map((each) => letters.release(each)));
}

/** A letter that cannot be looked into now is shown all the same. */
async function judgeOrSay(deps: LettersDeps, letter: DeadLetter): Promise<Judgement> {
  try {
    return await judgeLetter(deps, letter);
  } catch (error) {
    if (!(error instanceof TminusError)) throw error;
    const { content } = letter;
    const positionIds = content.kind === 'wake-up' ? [content.message.positionId] : [];
    const replay = `Not known: ${error.message}. Try again.`;
    return { what: content.kind, positionIds, replay, plan: null, isByIdOnly: false };
  }
}

export type HandledLetter = SeenLetter & {
  readonly outcome: 'replayed' | 'dropped' | 'not-replayed' | 'failed';
  /** Why it failed, or what the function answered. */
  readonly note: string | null;
};

/** Undefined: no visible letter has this id. */
export async function replayLetter(
  deps: LettersDeps,
  queues: readonly DeadLetterQueue[],
  id: string,
): Promise<HandledLetter | undefined> {
  const held = await holdLetter(deps, queues, id);
  return held === undefined ? undefined : replayHeld(deps, held, true);
}

/** Replays those of `ids` that may be replayed together. Others that arrive meanwhile are left. */
export async function replayLetters(
  deps: LettersDeps,
  queues: readonly DeadLetterQueue[],
  ids: ReadonlySet<string>,
): Promise<readonly HandledLetter[]> {
  const handled: HandledLetter[] = [];
  for (const queue of queues) handled.push(...(await replayQueue(deps, queue, ids)));
  return handled;
}

async function replayQueue(
  deps: LettersDeps,
  queue: DeadLetterQueue,
  ids: ReadonlySet<string>,
): Promise<readonly HandledLetter[]> {
  const passed = new Map<string, HeldLetter>();
  const handled: HandledLetter[] = [];
  try {
    for (;;) {
      const page = await deps.letters.take(queue, REPLAY_MS);
      const fresh = page.filter(({ letter }) => !passed.has(letter.id));
      if (!keepNew(passed, page)) return handled;
      for (const held of fresh.filter(({ letter }) => ids.has(letter.id))) {
        handled.push(await replayHeld(deps, held, false));
      }
    }
  } finally {
    const gone = new Set(handled.filter(({ outcome }) => outcome === 'replayed').map(({ letter }) => letter.id));
    await releaseAll(
      deps,
      [...passed.values()].filter(({ letter }) => !gone.has(letter.id)),
    );
  }
}

/** Finds one letter; the others are put back. */
async function holdLetter(
  deps: LettersDeps,
  queues: readonly DeadLetterQueue[],
  id: string,
): Promise<HeldLetter | undefined> {
  for (const queue of queues) {
    const held = new Map<string, HeldLetter>();
    try {
      while (!held.has(id) && keepNew(held, await deps.letters.take(queue, REPLAY_MS)));
      const found = held.get(id);
      if (found !== undefined) return found;
    } finally {
      await releaseAll(
        deps,
        [...held.values()].filter(({ letter }) => letter.id !== id),
      );
    }
  }
  return undefined;
}

/**
 * Sends a letter to where it belongs, and only then removes it: a crash in between leaves both, and its receiver
 * recognises the copy. A letter that is not replayed becomes visible again.
 */
async function replayHeld(deps: LettersDeps, held: HeldLetter, isById: boolean): Promise<HandledLetter> {
  const { letter } = held;
  const judgement = await judgeOrSay(deps, letter);
  const { plan, isByIdOnly } = judgement;
  if (plan === null || (isByIdOnly && !isById)) {
    await releaseAll(deps, [held]);
    return { letter, judgement, outcome: 'not-replayed', note: null };
  }
  if (deps.clock.nowMs() > held.hiddenUntilMs - REPLAY_RESERVE_MS) {
    return { letter, judgement, outcome: 'failed', note: 'Its turn came too late; replay it again.' };
  }
  try {
    const note = await send(deps, plan, letter.replayCount + 1);
    await deps.letters.remove(held);
    return { letter, judgement, outcome: 'replayed', note };
  } catch (error) {
    if (!(error instanceof TminusError)) throw error;
    await releaseAll(deps, [held]);
    return { letter, judgement, outcome: 'failed', note: error.message };
  }
}

async function send(deps: LettersDeps, plan: ReplayPlan, replayCount: number): Promise<string | null> {
  switch (plan.to) {
    case 'exits':
    case 'settlements':
    case 'discord':
      await deps.targets.sendToQueue(plan.to, plan.body, replayCount);
      return null;
    case 'news-topic':
      await deps.targets.publishNews(plan.body);
      return null;
    case 'bus':
      for (const change of plan.changes) await announceChange(deps, change);
      return null;
    case 'open':
    case 'summary': {
      const answer = await deps.targets.invoke(plan.to, plan.payload);
      return `${plan.to} answered ${JSON.stringify(answer).slice(0, 500)}`;
    }
  }
}

/** Notes the whole letter in the table, and only then removes it. Undefined: no visible letter has this id. */
export async function dropLetter(
  deps: LettersDeps,
  queues: readonly DeadLetterQueue[],
  id: string,
  by: string | null,
): Promise<HandledLetter | undefined> {
  const held = await holdLetter(deps, queues, id);
  if (held === undefined) return undefined;
  const { letter } = held;
  const judgement = await judgeOrSay(deps, letter);
  try {
    await deps.dropped.save({ letter, what: judgement.what, by, atMs: deps.clock.nowMs() });
    await deps.letters.remove(held);
    return { letter, judgement, outcome: 'dropped', note: null };
  } catch (error) {
    if (!(error instanceof TminusError)) throw error;
    await releaseAll(deps, [held]);
    return { letter, judgement, outcome: 'failed', note: error.message };
  }
}
