import { encodeWakeMessage } from '#lib/contracts/wake-body.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { PaperOrder } from '#lib/ports/paper-ledger.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { drawConditions } from '#lib/venue/engine/venue-conditions.ts';
import { createVenueEngine } from '#lib/venue/engine/venue-engine.ts';
import { createRandom } from '#lib/venue/random.ts';
import { createFaultDice, isAnyOn } from './fault-dice.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { FaultPlan } from './fault-plan.ts';
import { createHistory } from './history.ts';
import type { Ending } from './laws/check-life.ts';
import { checkWrite } from './laws/check-write.ts';
import type { Breach, Evidence } from './laws/evidence.ts';
import { createTruth } from './laws/truth.ts';
import { drawScene, type Scene } from './life-scene.ts';
import { createWatch, type Notebook, noteWrite, watchPaperLedger } from './life-watch.ts';
import { createMemoryTable } from './memory-position-store.ts';
import { callOpener } from './opener.ts';
import { createRefusalTally, type Setback } from './refusal-tally.ts';
import { createVirtualTime } from './virtual-time.ts';
import { buriedKeysOf } from './world/buried-keys.ts';
import { createFunctionDeps, type FunctionDeps, type Surroundings } from './world/function-deps.ts';
import { drawOutages, SIM_SETTINGS } from './world/life-settings.ts';
import { createSimFunctions, type SimFunctions } from './world/sim-functions.ts';
import { createSimQueue, type SimQueue } from './world/sim-queue.ts';
import { createSimStore } from './world/sim-store.ts';
import { createSimStream } from './world/sim-stream.ts';
import { encodeBusEvent } from './world/sim-tell.ts';
import type { ChainView } from './world/sim-wallet.ts';
import type { World } from './world/world.ts';

/** Replaces ports of one incarnation, to plant a bug. */
export type Sabotage = (deps: FunctionDeps) => FunctionDeps;

export type LifeWorldOptions = {
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly isRecorded?: boolean;
  readonly sabotage?: Sabotage;
  /** Leaves nothing out; by the seed unless given. It changes nothing that happens. */
  readonly isThorough?: boolean;
};

export type LifeWorld = {
  readonly world: World;
  readonly evidence: Evidence;
  readonly functions: SimFunctions;
  readonly mode: Mode;
  readonly endsAtMs: number;
  readonly onBreach: (breach: Breach) => void;
  readonly setbacks: readonly Setback[];
  readonly history: readonly string[];
  sinceEndMs(): number;
  /** The caller asks for the position. */
  begin(): void;
  /** Does the stream hold records that were not announced? */
  isStreamBusy(): boolean;
  /** Lets the venue finish what it holds. */
  settle(): void;
  ending(): Ending;
};

/**
 * Of so many lives one, by its seed, leaves nothing out: its messages are written down and read again, as the wire would have it, and the
 * function that announces runs for changes of which it tells nothing. The others go the same way to the byte, and are sooner there.
 */
const LIVES_PER_THOROUGH = 8;

/** After these a notice may be told twice: whoever told it could not write that down, or could not know. */
const MAY_REPEAT: readonly FaultKind[] = ['discord-answer-lost', 'store-throttled', 'store-answer-lost', 'clock-skew'];

function createWorld(
  options: LifeWorldOptions,
  scene: Scene,
  draw: (endExclusive: number) => number,
): { readonly world: World; readonly notebook: Notebook; readonly trouble: { lastAtMs: number; count: number } } {
  const time = createVirtualTime(scene.opensAtMs);
  const sinceEndMs = (): number => time.nowMs() - scene.playing.market.endsAtMs;
  const history = options.isRecorded === true ? createHistory(sinceEndMs) : null;
  const trouble = { lastAtMs: 0, count: 0 };
  const dice = createFaultDice({
    seed: options.seed,
    plan: options.plan,
    sinceEndMs,
    onFault: (kind, detail) => history?.note('fault', detail === undefined ? kind : `${kind} ${detail}`),
  });
  const skews = dice.rollLife('clock-skew');
  const world: World = {
    time,
    sinceEndMs,
    dice,
    draw,
    focus: scene.focus,
    coveredPoints: new Set(),
    isSkewed: () => skews.length > 0 && isAnyOn(skews, sinceEndMs()),
    note: (actor, text) => history?.note(actor, text()),
    trouble: () => {
      trouble.lastAtMs = time.nowMs();
      trouble.count += 1;
    },
  };
  return { world, notebook: { history, tally: createRefusalTally() }, trouble };
}

/** Builds the world of one life: everything in it follows from the seed and the plan. */
export function createLifeWorld(options: LifeWorldOptions, onBreach: (breach: Breach) => void): LifeWorld {
  const random = createRandom(`${options.seed}|life`);
  const draw = (endExclusive: number): number => random.nextInt(endExclusive);
  const scene = drawScene(draw);
  const { world, notebook, trouble } = createWorld(options, scene, draw);
  const { time, dice } = world;
  const { startsAtMs, endsAtMs } = scene.playing.market;
  const conditions = drawConditions(dice, { startsAtMs: scene.opensAtMs, endsAtMs });
  const engine = createVenueEngine({ playing: scene.playing, conditions, dice, draw });
  const paperOrders: PaperOrder[] = [];
  const posts: Evidence['posts'] = new Map();
  const evidence: Evidence = {
    nowMs: time.nowMs,
    truth: createTruth(engine.ledger, paperOrders, posts, time.nowMs),
    tokenIdAsked: scene.playing.market.tokenIds[scene.outcome],
    posts,
    alerts: [],
    told: new Map(),
    paperKeyUseCount: 0,
    row: undefined,
    lastTroubleAtMs: () => trouble.lastAtMs,
  };
  const isThorough = options.isThorough ?? options.seed % LIVES_PER_THOROUGH === 0;
  const queues = createQueues(world, () => functions, isThorough);
  const stream = createSimStream(world, { deliver: (records, onDone) => functions.announce(records, onDone) });
  const table = createMemoryTable({
    onWrite: (write) => {
      noteWrite(world, evidence, stream, notebook, write);
      for (const breach of checkWrite(evidence, write)) onBreach(breach);
    },
  });
  const outages = drawOutages(world, startsAtMs, endsAtMs);
  const isTableAway = (): boolean =>
    outages.some(({ fromMs, untilMs }) => time.nowMs() >= fromMs && time.nowMs() < untilMs);
  const raceSave = (): void => sendCopy(evidence, queues.exit);
  const openStore = createSimStore(world, table, { isAway: isTableAway, raceSave });
  const around: Surroundings = {
    ...{ openStore, engine, playing: scene.playing, settings: SIM_SETTINGS },
    paperLedger: watchPaperLedger(paperOrders),
    noticeRows: new Map(),
    isTableAway,
    exitQueue: queues.exit,
    discordQueue: queues.discord,
    timersKnown: new Set(),
    ids: createIds(draw),
    chainView: drawChainView(world),
    watch: createWatch(world, evidence, onBreach),
  };
  const sabotage = options.sabotage ?? ((deps: FunctionDeps) => deps);
  const functions: SimFunctions = createSimFunctions(world, {
    makeDeps: (incarnation) => sabotage(createFunctionDeps(world, around, incarnation)),
    isThorough,
  });
  return {
    ...{ world, evidence, functions, endsAtMs, onBreach, mode: scene.mode },
    setbacks: notebook.tally.setbacks,
    history: notebook.history?.lines ?? [],
    sinceEndMs: () => time.nowMs() - endsAtMs,
    isStreamBusy: () => stream.openCount() > 0,
    begin: () => begin(world, scene, functions, evidence, queues.exit),
    settle: () => engine.advanceTo(time.nowMs() + 3_600_000),
    ending: () => ({
      buriedKeys: buriedKeysOf(queues.discord.deadLetters, stream.deadLetters),
      mayRepeat: trouble.count > 0 || MAY_REPEAT.some((kind) => dice.counts.has(kind)),
    }),
  };
}

function drawChainView({ dice, draw, sinceEndMs }: World): ChainView {
  const spells = dice.rollLife('chain-behind');
  const lagMs = spells.length > 0 ? dice.between('chain-behind', 2_000, 20_000) : 0;
  return { lagMs: () => (lagMs > 0 && isAnyOn(spells, sinceEndMs()) ? lagMs : 0), canApprove: draw(4) > 0 };
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
  const discord = createSimQueue<DomainEvent>(world, {
    name: 'discord',
    delivery: QUEUE_DELIVERY.discord,
    encode: isWritten ? encodeBusEvent : null,
    isRecursionStopped: () => false,
    deliver: (records, _hopCount, onDone) => functions().discord(records, onDone),
  });
  return { exit, discord };
}

/** Somebody else has the same wake-up at this moment. */
function sendCopy({ row }: Evidence, exitQueue: SimQueue<WakeMessage>): void {
  if (row === undefined || isClosed(row) || row.wakeUp === null) return;
  const { positionId, wakeUp } = row;
  exitQueue.send({ positionId, wakeUpId: wakeUp.id, source: 'sweep' }, 0, 0);
}

/** Ids are those of every other life, so that the messages which name them are the same texts. Orders are unique by their salt. */
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

function begin(
  world: World,
  scene: Scene,
  functions: SimFunctions,
  evidence: Evidence,
  exitQueue: SimQueue<WakeMessage>,
): void {
  const { market } = scene.playing;
  const { mode, outcome, budgetMicros } = scene;
  const request = { requestId: 'sim', asset: market.asset, marketSlug: market.slug };
  callOpener(world, functions, { ...request, mode, outcome, budgetMicros });
  for (const { fromMs, untilMs } of world.dice.rollLife('exit-by-hand')) {
    const nowMs = world.time.nowMs();
    const earliestMs = fromMs === undefined ? nowMs : Math.max(market.endsAtMs + fromMs, nowMs);
    const latestMs = market.endsAtMs + Math.min(untilMs ?? 0, 0);
    world.time.at(world.dice.between('exit-by-hand', earliestMs, Math.max(earliestMs, latestMs)), () => {
      if (evidence.row === undefined) return;
      const { positionId } = evidence.row;
      exitQueue.send({ positionId, wakeUpId: 'by-hand', source: 'by-hand' }, 0, 0);
    });
  }
}
