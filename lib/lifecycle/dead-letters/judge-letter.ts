import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import { LOOK_WAKE_UP_ID } from '#lib/domain/plan/plan-look.ts';
import { SHARES_WAKE_UP_ID } from '#lib/domain/plan/plan-take-in.ts';
import { EXIT_WAKE_UP_ID, isHonoured } from '#lib/domain/plan/plan-wake-up.ts';
import { isOnRequest } from '#lib/domain/position/exit-request.ts';
import { isClosed, type OpenPosition } from '#lib/domain/position/position.ts';
import { CorruptRowError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type {
  DeadLetter,
  DeadLetterContent,
  LostCall,
  ReplayTargets,
  StreamBatch,
  TableChange,
  TableChanges,
} from '#lib/ports/dead-letters.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type JudgeDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly store: Pick<PositionStore, 'find' | 'findIdByRequest'>;
  readonly notices: Pick<NoticeLedger, 'isSent'>;
  readonly changes: TableChanges;
  readonly targets: Pick<ReplayTargets, 'newsTopicArn'>;
};

/** Where a letter goes when it is replayed. */
export type ReplayPlan =
  | { readonly to: 'exits' | 'settlements' | 'discord'; readonly body: string }
  | { readonly to: 'news-topic'; readonly body: string }
  | { readonly to: 'bus'; readonly changes: readonly TableChange[] }
  | { readonly to: 'open' | 'summary'; readonly payload: unknown };

export type Judgement = {
  /** What the letter is. */
  readonly what: string;
  readonly positionIds: readonly string[];
  /** What a replay would do, or why there is nothing to replay. */
  readonly replay: string;
  /** Null: a replay is pointless or harmful. */
  readonly plan: ReplayPlan | null;
  /** An instruction that a person gave once, or a letter that came back: not replayed together with others. */
  readonly isByIdOnly: boolean;
};

type Answer = Omit<Judgement, 'isByIdOnly'> & { readonly isByIdOnly?: boolean };

/**
 * Whether a replay still makes sense, by what table, ledger and stream say now.
 * @throws StoreUnavailableError, UpstreamUnavailableError
 */
export async function judgeLetter(deps: JudgeDeps, letter: DeadLetter): Promise<Judgement> {
  const judged = await judgeContent(deps, letter, letter.content);
  const { isByIdOnly = false, replay } = judged;
  if (letter.replayCount === 0 || judged.plan === null) return { ...judged, isByIdOnly };
  const times = letter.replayCount === 1 ? 'once' : `${letter.replayCount} times`;
  const warning = `It was replayed ${times} before and came back: mend the cause first.`;
  return { ...judged, replay: `${replay} ${warning}`, isByIdOnly: true };
}

async function judgeContent(deps: JudgeDeps, letter: DeadLetter, content: DeadLetterContent): Promise<Answer> {
  switch (content.kind) {
    case 'wake-up':
      return judgeWakeUp(deps, letter, content);
    case 'notice':
      return judgeNotice(deps, letter, content);
    case 'event':
      return judgeEvent(deps, letter, content);
    case 'stream-batch':
      return judgeBatch(deps, content.batch);
    case 'call':
      return judgeCall(deps, content.function, content.call);
    case 'unreadable': {
      const replay = `Nothing: it cannot be read (${content.reason}). It stays here until it is dropped.`;
      return { what: 'a message that cannot be read', positionIds: [], replay, plan: null };
    }
  }
}

const SOURCES = {
  timer: "wake-up by the position's timer",
  delay: 'wake-up by delayed message',
  retry: 'wake-up for the next try',
  sweep: 'wake-up by the sweep',
  'by-hand': 'exit by hand',
} as const;

async function judgeWakeUp(
  { store, clock }: JudgeDeps,
  letter: DeadLetter,
  { message }: Extract<DeadLetterContent, { kind: 'wake-up' }>,
): Promise<Answer> {
  const { positionId, source } = message;
  const seen = { what: SOURCES[source], positionIds: [positionId] };
  const found = await store.find(positionId).catch(toCorrupt);
  if (found instanceof CorruptRowError) {
    return { ...seen, replay: 'Nothing: the row of the position cannot be read. Repair the row first.', plan: null };
  }
  if (found === undefined) return { ...seen, replay: 'Nothing: the table has no such position.', plan: null };
  if (isClosed(found)) {
    return { ...seen, replay: `Nothing: the position has ended (${found.state}). It can be dropped.`, plan: null };
  }
  const { state } = found;
  if (source === 'by-hand')
    return { ...seen, ...judgeByHand(letter, found, message.exit !== undefined, clock.nowMs()) };
  if (!isUseful(found, message.wakeUpId, clock.nowMs())) {
    const replay = 'Nothing: its next step has a wake-up of its own and is not late. It can be dropped.';
    return { ...seen, replay, plan: null };
  }
  const to = state === 'awaiting-resolution' ? 'settlements' : 'exits';
  const replay = `Wakes the position (${state}) at once: ${to === 'exits' ? 'sell' : 'settle'} takes the step that is due.`;
  return { ...seen, replay, plan: { to, body: wakeBody(letter.body, to) } };
}

function toCorrupt(error: unknown): CorruptRowError {
  if (error instanceof CorruptRowError) return error;
  throw error;
}

/** What the receiver would not drop. */
function isUseful(position: OpenPosition, wakeUpId: string, nowMs: number): boolean {
  if (wakeUpId === LOOK_WAKE_UP_ID) return false;
  const isBefore = position.state === 'buying' || position.state === 'holding';
  if (isBefore && (wakeUpId === EXIT_WAKE_UP_ID || wakeUpId === SHARES_WAKE_UP_ID)) return true;
  return isHonoured(position, wakeUpId, nowMs);
}

function judgeByHand(
  letter: DeadLetter,
  position: OpenPosition,
  isPart: boolean,
  nowMs: number,
): Pick<Answer, 'replay' | 'plan'> {
  const { state } = position;
  if (state === 'awaiting-resolution') {
    return { replay: 'Nothing: its market is over, and nothing can be sold any more. It can be dropped.', plan: null };
  }
  // A part or a floor that is still being tried is not the exit of everything: this letter takes its place.
  if (!isPart && state === 'exiting' && !isOnRequest(position, nowMs))
    return { replay: 'Nothing: its exit has begun. It can be dropped.', plan: null };
  const sold = isPart ? 'the part that was asked for, once' : 'everything';
  const byHand = { isByIdOnly: true, plan: { to: 'exits', body: letter.body } } as const;
  return { replay: `Sells ${sold}, now (the position is ${state}). Only by its id.`, ...byHand };
}

/** Without `plannedAtMs`: a message that is sent again no longer measures its timer. */
function wakeBody(body: string, to: 'exits' | 'settlements'): string {
  const { plannedAtMs: _planned, to: _to, ...fields } = unwrap(JSON.parse(body));
  return JSON.stringify({ ...fields, ...(to === 'settlements' && { to: 'settle' }) });
}

/** The body was read as a wake message before, alone or in the request of a universal timer. */
function unwrap(parsed: Record<string, unknown>): Record<string, unknown> {
  return typeof parsed.MessageBody === 'string' ? JSON.parse(parsed.MessageBody) : parsed;
}

async function judgeNotice(
  { notices }: JudgeDeps,
  letter: DeadLetter,
  { title, positionId, noticeKey, isRepeatSafe }: Extract<DeadLetterContent, { kind: 'notice' }>,
): Promise<Answer> {
  const seen = { what: `notice for Discord: ${title}`, positionIds: idsOf(positionId) };
  if (await notices.isSent(noticeKey)) return { ...seen, replay: ALREADY_DELIVERED, plan: null };
  const plan = { to: 'discord', body: letter.body } as const;
  if (isRepeatSafe) return { ...seen, replay: 'Gives it to discord again, which posts it once.', plan };
  return { ...seen, replay: 'Gives it to discord again. It has no key, so it may be posted twice.', plan };
}

const ALREADY_DELIVERED = 'Nothing: Discord has it already. It can be dropped.';
const idsOf = (positionId: string | null): readonly string[] => (positionId === null ? [] : [positionId]);

async function judgeEvent(
  { notices, targets }: JudgeDeps,
  letter: DeadLetter,
  { title, positionId, noticeKey, targetArn }: Extract<DeadLetterContent, { kind: 'event' }>,
): Promise<Answer> {
  const seen = { what: `event of the bus: ${title}`, positionIds: idsOf(positionId) };
  if (targetArn !== null && targetArn !== targets.newsTopicArn) {
    return { ...seen, replay: `Nothing: it was for another target (${targetArn}). Send it there by hand.`, plan: null };
  }
  if (await notices.isSent(noticeKey)) return { ...seen, replay: ALREADY_DELIVERED, plan: null };
  const replay = 'Publishes it to the news topic, as its rule would have done.';
  return { ...seen, replay, plan: { to: 'news-topic', body: letter.body } };
}

function nothing(what: string, why: string): Answer {
  return { what, positionIds: [], replay: `Nothing: ${why}`, plan: null };
}

async function judgeBatch({ changes }: JudgeDeps, batch: StreamBatch): Promise<Answer> {
  const what = `changes of the table that announce gave up (${batch.shardId}, ${batch.firstSequenceNumber})`;
  let read: Awaited<ReturnType<TableChanges['read']>>;
  try {
    read = await changes.read(batch);
  } catch (error) {
    if (error instanceof CorruptRowError)
      return nothing(what, 'a row in it cannot be read. Repair the row; drop the letter.');
    if (error instanceof UpstreamUnavailableError) return nothing(what, 'the stream did not answer. Try again.');
    throw error;
  }
  if (read.outcome === 'gone') {
    return nothing(
      what,
      'the stream keeps changes for a day and no longer has this one. The table has it (tminus show).',
    );
  }
  const announced = read.changes.filter((change) => change.kind !== 'state' || movesOf(change) !== null);
  if (announced.length === 0) return nothing(what, 'there is nothing to announce in it. It can be dropped.');
  return {
    what: `${what}: ${announced.map(describeChange).join('; ')}`,
    positionIds: [...new Set(announced.flatMap(positionOf))],
    replay: 'Puts the events on the bus again; a notice that was delivered is not delivered twice.',
    plan: { to: 'bus', changes: announced },
  };
}

const movesOf = ({ before, after }: Extract<TableChange, { kind: 'state' }>) => stateChangeOf(before, after);

function describeChange(change: TableChange): string {
  if (change.kind === 'alert') return `alert ${change.alert.kind}`;
  if (change.kind === 'action') return change.action.action;
  return `${change.before?.state ?? 'new'} → ${change.after.state}`;
}

function positionOf(change: TableChange): readonly string[] {
  if (change.kind === 'action') return [];
  return [change.kind === 'alert' ? change.alert.positionId : change.after.positionId];
}

/** A request without a market buys in the window that runs when it arrives: not in the one after it. */
const OPENING_MS = 30_000;

async function judgeCall({ store, clock }: JudgeDeps, name: string, call: LostCall): Promise<Answer> {
  switch (call.action) {
    case 'periodic':
      return nothing(`a run of ${name}`, 'it has run again since, on its own. It can be dropped.');
    case 'read':
      return nothing('a read through the API', 'its caller no longer waits. It can be dropped.');
    case 'summary': {
      const replay = `Sums up ${call.day}; a day is published once, however often it is asked for.`;
      const plan = { to: 'summary', payload: { day: call.day } } as const;
      return { what: `the summary of ${call.day}`, positionIds: [], replay, plan };
    }
    case 'opening': {
      const what = `an opening in ${call.marketSlug}, request ${call.requestId}`;
      const openedId = await store.findIdByRequest(call.requestId);
      if (openedId !== undefined) return nothing(what, `it opened the position ${openedId}. It can be dropped.`);
      const { marketEndsAtMs: endsAtMs } = call;
      if (endsAtMs === null) return nothing(what, 'when its market ends is not known here. Its caller may repeat it.');
      if (clock.nowMs() >= endsAtMs - OPENING_MS)
        return nothing(what, 'its market is over, or about to end. It can be dropped.');
      const replay = "BUYS at today's prices, within the limits, if openings are not halted. Only by its id.";
      return { what, positionIds: [], replay, plan: { to: 'open', payload: call.payload }, isByIdOnly: true };
    }
    case 'guard':
    case 'exit':
    case 'exit-all':
    case 'halt':
    case 'resume': {
      const what = `a request through the API: ${call.action}`;
      const replay = `Does what was asked for (${call.action}), now. Only by its id.`;
      return { what, positionIds: [], replay, plan: { to: 'open', payload: call.payload }, isByIdOnly: true };
    }
  }
}
