import { encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import type { Mode, Position } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { drawConditions } from '#lib/venue/engine/venue-conditions.ts';
import { createVenueEngine, type VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import { createRandom } from '#lib/venue/random.ts';
import { askForPosition } from './ask-for-position.ts';
import { createHistory, createWatch, type LifeRecord, noteWrite, watchPaperLedger } from './collect-evidence.ts';
import { createEvidence, type Disruption } from './create-evidence.ts';
import { createFaultDice, isAnyOn } from './fault-dice.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { FaultPlan } from './fault-plan.ts';
import { startForeignBot } from './foreign-bot.ts';
import type { Ending } from './laws/check-life.ts';
import { checkWrite } from './laws/check-write.ts';
import type { Breach, Evidence } from './laws/evidence.ts';
import { drawLifeSetup, type LifeSetup, settingsOf } from './life-setup.ts';
import { createRefusalTally, type Setback } from './refusal-tally.ts';
import { createFunctionDeps, type FunctionDeps, type SharedServices } from './world/function-deps.ts';
import { createMemoryTable } from './world/memory-position-store.ts';
import { createMemoryRedemptionStore } from './world/memory-redemption-store.ts';
import { encodeBusEvent } from './world/sim-bus.ts';
import { createSimFunctions, readNotice, type SimFunctions } from './world/sim-functions.ts';
import { createSimQueue, type SimMessage, type SimQueue } from './world/sim-queue.ts';
import { SIM_LIVE_WALLET } from './world/sim-settlement.ts';
import { createSimStore, drawOutages } from './world/sim-store.ts';
import { createSimStream, type SimStreamRecord } from './world/sim-stream.ts';
import type { ChainView } from './world/sim-wallet.ts';
import { createVirtualTime } from './world/virtual-time.ts';
import type { World } from './world/world.ts';

/** Replaces dependencies of a function instance, to plant a bug. */
export type Sabotage = (deps: FunctionDeps) => FunctionDeps;

export type LifeWorldOptions = {
  readonly seed: number;
  readonly plan: FaultPlan;
  /** Drawn from the seed unless given. */
  readonly setup?: LifeSetup;
  readonly isRecorded?: boolean;
  readonly sabotage?: Sabotage;
  /** Encode and announce everything; by the seed unless given. It does not change what happens. */
  readonly isThorough?: boolean;
};

export type LifeWorld = {
  readonly world: World;
  readonly evidence: Evidence;
  readonly engine: VenueEngine;
  readonly functions: SimFunctions;
  readonly mode: Mode;
  readonly endsAtMs: number;
  readonly onBreach: (breach: Breach) => void;
  readonly setbacks: readonly Setback[];
  readonly history: readonly string[];
  sinceEndMs(): number;
  /** Sends the open request. */
  begin(): void;
  /** Does the stream hold records that are not announced yet? */
  isStreamBusy(): boolean;
  /** Lets the venue settle pending orders. */
  settle(): void;
  ending(): Ending;
};

/**
 * One life of so many, by its seed, encodes every message and announces every change. The others skip it, and end
 * equal.
 */
const LIVES_PER_THOROUGH = 8;

/**
 * After these a notice may be delivered twice: its sender could not record the delivery, or did not learn of it. A
 * table that is down does not stop an alert, so a copy that meets the outage is delivered as well.
 */
const MAY_REPEAT: readonly FaultKind[] = [
  'discord-answer-lost',
  'store-throttled',
  'store-answer-lost',
  'store-outage',
  'clock-skew',
];

function createWorld(
  options: LifeWorldOptions,
  setup: LifeSetup,
  draw: (endExclusive: number) => number,
): { readonly world: World; readonly record: LifeRecord; readonly disruption: Disruption } {
  const time = createVirtualTime(setup.opensAtMs);
  const sinceEndMs = (): number => time.nowMs() - setup.playing.market.endsAtMs;
  const history = options.isRecorded === true ? createHistory(sinceEndMs) : null;
  const disruption: Disruption = { lastAtMs: 0, count: 0, faultTimesMs: [] };
  const dice = createFaultDice({
    seed: options.seed,
    plan: options.plan,
    sinceEndMs,
    onFault: (kind, detail) => {
      disruption.faultTimesMs.push(time.nowMs());
      history?.note('fault', detail === undefined ? kind : `${kind} ${detail}`);
    },
  });
  const skews = dice.rollLife('clock-skew');
  const world: World = {
    time,
    sinceEndMs,
    dice,
    draw,
    focus: setup.focus,
    coveredPoints: new Set(),
    isSkewed: () => skews.length > 0 && isAnyOn(skews, sinceEndMs()),
    note: (actor, text) => history?.note(actor, text()),
    noteDisruption: () => {
      disruption.lastAtMs = time.nowMs();
      disruption.count += 1;
    },
  };
  return { world, record: { history, tally: createRefusalTally() }, disruption };
}

/** Builds the world of one life. Everything in it follows from seed and plan. */
export function createLifeWorld(options: LifeWorldOptions, onBreach: (breach: Breach) => void): LifeWorld {
  const random = createRandom(`${options.seed}|life`);
  const draw = (endExclusive: number): number => random.nextInt(endExclusive);
  const setup = options.setup ?? drawLifeSetup(draw, options.seed);
  const { world, record, disruption } = createWorld(options, setup, draw);
  const { time, dice } = world;
  const { startsAtMs, endsAtMs } = setup.playing.market;
  const conditions = drawConditions(dice, { startsAtMs: setup.opensAtMs, endsAtMs });
  const engine = createVenueEngine({ playing: setup.playing, conditions, dice, draw });
  const paperOrders: PaperOrder[] = [];
  const isTableDown = duringAny(world, drawOutages(world, 'store-outage', startsAtMs, endsAtMs));
  const isDiscordBanned = duringAny(world, drawOutages(world, 'discord-banned', startsAtMs, endsAtMs));
  const { calmAfterEndMs } = options.plan;
  const sources = { world, setup, engine, conditions, paperOrders, disruption, isTableDown, calmAfterEndMs };
  const evidence = createEvidence(sources);
  const isThorough = options.isThorough ?? options.seed % LIVES_PER_THOROUGH === 0;
  const queues = createQueues(world, () => functions, isThorough);
  const stream = createSimStream(world, { deliver: (records, onDone) => functions.announce(records, onDone) });
  const table = createMemoryTable({
    onWrite: (write) => {
      noteWrite(world, evidence, stream, record, write);
      for (const breach of checkWrite(evidence, write)) onBreach(breach);
    },
  });
  const raceSave = (): void => sendCopy(evidence, queues);
  const openStore = createSimStore(world, table, { isDown: isTableDown, raceSave });
  const shared: SharedServices = {
    ...{ openStore, engine, playing: setup.playing, settings: settingsOf(options.seed, setup) },
    hasLooks: setup.rules !== null || setup.guard !== null || setup.asked?.terms.rules !== undefined,
    paperLedger: watchPaperLedger(paperOrders),
    noticeRows: new Map(),
    isTableDown,
    isDiscordBanned,
    exitQueue: queues.exit,
    settleQueue: queues.settle,
    conditionChain: evidence.chain,
    redemptions: createMemoryRedemptionStore(),
    outcome: setup.outcome,
    discordQueue: queues.discord,
    timerNames: new Set(),
    ids: createIds(draw),
    chainView: drawChainView(world, options.seed),
    watch: createWatch(world, evidence, onBreach),
  };
  const sabotage = options.sabotage ?? ((deps: FunctionDeps) => deps);
  const functions: SimFunctions = createSimFunctions(world, {
    makeDeps: (instance) => sabotage(createFunctionDeps(world, shared, instance)),
    isThorough,
  });
  return {
    ...{ world, evidence, engine, functions, endsAtMs, onBreach, mode: setup.mode },
    ...{ setbacks: record.tally.setbacks, history: record.history?.lines ?? [] },
    sinceEndMs: () => time.nowMs() - endsAtMs,
    isStreamBusy: () => stream.openCount() > 0,
    begin: () => {
      const { market } = setup.playing;
      startForeignBot(
        world,
        { engine, chain: evidence.chain, market, wallet: SIM_LIVE_WALLET },
        setup.guard?.bot ?? [],
      );
      begin(options.seed, world, setup, functions, evidence, queues.exit);
    },
    settle: () => engine.advanceTo(time.nowMs() + 3_600_000),
    ending: () => ({
      deadLetterKeys: deadLetterKeysOf(queues.discord.deadLetters, stream.deadLetters),
      mayRepeat: disruption.count > 0 || MAY_REPEAT.some((kind) => dice.counts.has(kind)),
    }),
  };
}

function duringAny({ time }: World, outages: ReturnType<typeof drawOutages>): (atMs?: number) => boolean {
  return (atMs = time.nowMs()) => outages.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs);
}

function deadLetterKeysOf(
  messages: readonly SimMessage<DomainEvent>[],
  records: readonly SimStreamRecord[],
): ReadonlySet<string> {
  const keys = new Set(messages.map((message) => readNotice(message).noticeKey));
  for (const { change } of records) {
    if (change !== 'poison' && change.kind === 'alert') {
      keys.add(`position-alert#${change.alert.positionId}#${change.alert.version}`);
    }
  }
  return keys;
}

function drawChainView({ dice, draw, sinceEndMs }: World, seed: number): ChainView {
  const periods = dice.rollLife('chain-behind');
  const lagMs = periods.length > 0 ? dice.between('chain-behind', 2_000, 20_000) : 0;
  return {
    lagMs: () => (lagMs > 0 && isAnyOn(periods, sinceEndMs()) ? lagMs : 0),
    canApprove: draw(4) > 0,
    cashMicros: Math.floor(seed / 4) % 8 === 0 ? 1_000_000n : 1_000_000_000n,
  };
}

function createQueues(world: World, functions: () => SimFunctions, isWritten: boolean) {
  const stops = world.dice.rollLife('recursion-stop');
  const exit = createSimQueue<WakeMessage>(world, {
    name: 'exit',
    delivery: QUEUE_DELIVERY.exit,
    encode: isWritten ? encodeWakeMessage : null,
    isRecursionStopped: () => isAnyOn(stops, world.sinceEndMs()),
    deliver: (records, hopCount, onDone) => functions().sell(records, hopCount, onDone),
  });
  const settle = createSimQueue<WakeMessage>(world, {
    name: 'settle',
    delivery: QUEUE_DELIVERY.settle,
    encode: isWritten ? encodeWakeMessage : null,
    isRecursionStopped: () => isAnyOn(stops, world.sinceEndMs()),
    deliver: (records, hopCount, onDone) => functions().settle(records, hopCount, onDone),
  });
  const discord = createSimQueue<DomainEvent>(world, {
    name: 'discord',
    delivery: QUEUE_DELIVERY.discord,
    encode: isWritten ? encodeBusEvent : null,
    isRecursionStopped: () => false,
    deliver: (records, _hopCount, onDone) => functions().discord(records, onDone),
  });
  return { exit, settle, discord };
}

function sendCopy({ row }: Evidence, queues: Record<'exit' | 'settle', SimQueue<WakeMessage>>): void {
  if (row === undefined || isClosed(row)) return;
  const { positionId, wakeUp, state } = row;
  const queue = state === 'awaiting-resolution' ? queues.settle : queues.exit;
  queue.send({ positionId, wakeUpId: wakeUp.id, source: 'sweep' }, 0, 0);
}

/** Ids repeat from life to life, so that decoded messages can be cached. Orders are unique by their salt. */
function createIds(draw: (endExclusive: number) => number): IdSource {
  let count = 0;
  return {
    nextId: () => {
      count += 1;
      return `sim-${count}`;
    },
    nextSalt: () => {
      count += 1;
      return String(count * 2 ** 32 + draw(2 ** 32));
    },
  };
}

/** Half of the exits by hand sell all; the others a part, or nothing below a floor. */
function partOf(seed: number, row: Position): WakeMessage['exit'] {
  const kind = Math.floor(seed / 16) % 4;
  const sharesMicros = remainingSharesMicros(row) / 3n;
  if (kind > 1) return undefined;
  return {
    requestId: 'by-hand',
    sharesMicros: sharesMicros - (sharesMicros % 10_000n) + 10_000n,
    ...(kind === 1 && { minPriceMicros: 300_000n }),
  };
}

function begin(
  seed: number,
  world: World,
  setup: LifeSetup,
  functions: SimFunctions,
  evidence: Evidence,
  exitQueue: SimQueue<WakeMessage>,
): void {
  const { market } = setup.playing;
  askForPosition(world, setup, functions, evidence);
  for (const { fromMs, untilMs } of world.dice.rollLife('exit-by-hand')) {
    const nowMs = world.time.nowMs();
    const earliestMs = fromMs === undefined ? nowMs : Math.max(market.endsAtMs + fromMs, nowMs);
    const latestMs = market.endsAtMs + Math.min(untilMs ?? 0, 0);
    world.time.at(world.dice.between('exit-by-hand', earliestMs, Math.max(earliestMs, latestMs)), () => {
      if (evidence.row === undefined) return;
      const { positionId } = evidence.row;
      const part = partOf(seed, evidence.row);
      exitQueue.send({ positionId, wakeUpId: 'by-hand', source: 'by-hand', ...(part && { exit: part }) }, 0, 0);
    });
  }
}
