import { decodeNoticeMessage, type NoticeMessage } from '#lib/contracts/notice-message.ts';
import { decodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { type DomainEvent, noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import { type OpenPositionCommand, type OpenPositionOutcome, openPosition } from '#lib/lifecycle/buy/open-position.ts';
import {
  type GuardPositionCommand,
  type GuardPositionOutcome,
  guardPosition,
} from '#lib/lifecycle/guard/guard-position.ts';
import { announceChange } from '#lib/lifecycle/notify/announce-change.ts';
import { deliverNotice } from '#lib/lifecycle/notify/deliver-notice.ts';
import { wakeAwaiting } from '#lib/lifecycle/settle/wake-awaiting.ts';
import { wakePosition } from '#lib/lifecycle/wake-position.ts';
import { sendLooks, surveyOpen } from '#lib/lifecycle/watch/survey-open.ts';
import { sweepOverdue } from '#lib/lifecycle/watch/sweep-overdue.ts';
import { tellStalled } from '#lib/lifecycle/watch/tell-stalled.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { Log } from '#lib/runtime/log.ts';
import { QUIET_METER } from '#lib/runtime/metrics.ts';
import { type BatchResponse, runQueueBatch, runStreamBatch } from '#lib/runtime/run-batch.ts';
import type { FunctionDeps } from './function-deps.ts';
import type { FunctionName } from './function-instance.ts';
import { createInvoke, drawSkewMs, type Invoke, type MakeDeps } from './invoke.ts';
import { rememberDecoded } from './remember-decoded.ts';
import type { SimMessage } from './sim-queue.ts';
import type { SimStreamRecord } from './sim-stream.ts';
import type { World } from './world.ts';

const DELIVERY_DEADLINE_MS = 10_000;
/** The real decoders. Every body of this world has its own key, so the queue's message id is never used. */
const decodeWake = rememberDecoded(decodeWakeMessage);
const decodeNotice = rememberDecoded((body) => decodeNoticeMessage(body, 'sim'));

/** The functions of the suite without Lambda, SDK and HTTP; batch runner, decoders and use cases are the real ones. */
export type SimFunctions = {
  open(command: OpenPositionCommand, onDone: (outcome: OpenPositionOutcome | null) => void): void;
  guard(command: GuardPositionCommand, onDone: (outcome: GuardPositionOutcome | null) => void): void;
  sell(records: readonly SimMessage<WakeMessage>[], hopCount: number, onDone: (response: BatchResponse) => void): void;
  settle(
    records: readonly SimMessage<WakeMessage>[],
    hopCount: number,
    onDone: (response: BatchResponse) => void,
  ): void;
  sweep(): void;
  announce(records: readonly SimStreamRecord[], onDone: (response: BatchResponse | null) => void): void;
  discord(records: readonly SimMessage<DomainEvent>[], onDone: (response: BatchResponse) => void): void;
};

export type SimFunctionsOptions = {
  readonly makeDeps: MakeDeps<FunctionDeps>;
  /** Run `announce` also for changes that need no announcement? */
  readonly isThorough: boolean;
};

type WakeBatch = {
  readonly records: readonly SimMessage<WakeMessage>[];
  readonly hopCount: number;
  readonly onDone: (response: BatchResponse) => void;
};

/** As `functions/sweep`. Other lives draw no faults of a survey that would find nothing to look at. */
async function sweep(deps: FunctionDeps) {
  const report = await sweepOverdue(deps);
  await tellStalled(deps, report.stalled);
  if (deps.hasLooks) await sendLooks(deps, await surveyOpen(deps));
  return report;
}

export function createSimFunctions(world: World, { makeDeps, isThorough }: SimFunctionsOptions): SimFunctions {
  const invoke = createInvoke(world, makeDeps);
  const batches = createBatches(world);
  const failed = (name: FunctionName, error: unknown): void => {
    world.noteDisruption();
    world.note(name, () => `fails: ${error instanceof Error ? `${error.name}: ${error.message}` : typeof error}`);
  };
  const wakeAll = (name: 'sell' | 'settle', wake: typeof wakePosition | typeof wakeAwaiting, batch: WakeBatch): void =>
    invoke({
      name,
      hopCount: batch.hopCount,
      run: (deps) =>
        runQueueBatch(batches[name], { Records: batch.records }, async (record) => {
          const message = record.unencoded ?? decodeWake(record.body);
          const outcome = await wake(deps, message);
          world.note(name, () => `${message.source} ${message.wakeUpId}: ${Object.values(outcome).join(' ')}`);
        }),
      onDone: batch.onDone,
      onFailed: (error) => failed(name, error),
    });
  return {
    ...createRequests(world, invoke, failed),
    sell: (records, hopCount, onDone) => wakeAll('sell', wakePosition, { records, hopCount, onDone }),
    settle: (records, hopCount, onDone) => wakeAll('settle', wakeAwaiting, { records, hopCount, onDone }),
    sweep: () =>
      invoke({
        name: 'sweep',
        hopCount: 0,
        run: sweep,
        onDone: ({ overdueIds }) => world.note('sweep', () => `finds ${overdueIds.length} overdue`),
        onFailed: (error) => failed('sweep', error),
      }),
    announce: (records, onDone) => {
      if (!isThorough && records.every(needsNoAnnouncement)) {
        // The run would make no call and take no time. Its clock is drawn all the same, as in a run.
        drawSkewMs(world);
        onDone(ALL_DONE);
        return;
      }
      invoke({
        name: 'announce',
        hopCount: 0,
        run: (deps) =>
          runStreamBatch(
            batches.announce,
            { Records: records },
            { keyOf: ({ key }) => key, handle: ({ change }) => announce(deps, change) },
          ),
        onDone,
        onFailed: (error) => {
          failed('announce', error);
          onDone(null);
        },
      });
    },
    discord: (records, onDone) =>
      invoke({
        name: 'discord',
        hopCount: 0,
        run: ({ notices }) =>
          runQueueBatch(batches.discord, { Records: records }, async (record) => {
            const message = readNotice(record);
            const deadlineAtMs = notices.clock.nowMs() + DELIVERY_DEADLINE_MS;
            const outcome = await deliverNotice(notices, { ...message, deadlineAtMs });
            world.note('discord', () => `${message.noticeKey}: ${outcome.outcome}`);
          }),
        onDone,
        onFailed: (error) => failed('discord', error),
      }),
  };
}

/** What users ask for: a request that fails gets no answer and is repeated. */
function createRequests(
  world: World,
  invoke: Invoke<FunctionDeps>,
  failed: (name: FunctionName, error: unknown) => void,
): Pick<SimFunctions, 'open' | 'guard'> {
  const request = <Outcome extends OpenPositionOutcome | GuardPositionOutcome>(
    actor: string,
    run: (deps: FunctionDeps) => Promise<Outcome>,
    onDone: (outcome: Outcome | null) => void,
  ): void =>
    invoke({
      name: 'open',
      hopCount: 0,
      run,
      onDone: (outcome) => {
        world.note(actor, () => describeOpening(outcome));
        onDone(outcome);
      },
      onFailed: (error) => {
        failed('open', error);
        onDone(null);
      },
    });
  return {
    open: (command, onDone) => request('open', (deps) => openPosition(deps, command), onDone),
    guard: (command, onDone) => request('guard', (deps) => guardPosition(deps, command), onDone),
  };
}

function createBatches(world: World) {
  const batchOf = (name: FunctionName) => ({ log: logOf(world, name), meter: QUIET_METER });
  return {
    sell: batchOf('sell'),
    settle: batchOf('settle'),
    announce: batchOf('announce'),
    discord: batchOf('discord'),
  };
}

export function readNotice({ unencoded, body }: SimMessage<DomainEvent>): NoticeMessage {
  if (unencoded === null) return decodeNotice(body);
  return { noticeKey: noticeKeyOf(unencoded), notice: { kind: 'event', event: unencoded } };
}

const ALL_DONE: BatchResponse = { batchItemFailures: [] };

/** A step within a state; more than half of all steps. */
function needsNoAnnouncement({ change }: SimStreamRecord): boolean {
  return change !== 'poison' && change.kind === 'state' && change.before?.state === change.after.state;
}

async function announce(deps: FunctionDeps, change: SimStreamRecord['change']): Promise<void> {
  if (change === 'poison') throw new CorruptRowError('The record cannot be read');
  await announceChange(deps, change);
}

function describeOpening(outcome: OpenPositionOutcome | GuardPositionOutcome): string {
  return outcome.outcome === 'refused'
    ? `refused: ${outcome.refusal.code}`
    : `${outcome.outcome}: ${outcome.position.state}`;
}

function logOf(world: World, name: FunctionName): Log {
  const say = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
    world.note(name, () => `${message}: ${String(fields?.errorName)} ${String(fields?.errorMessage)}`);
  return { info: () => undefined, warn: say, error: say };
}
