import { OTHER_OUTCOME } from '#lib/domain/market/market.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { planOpening } from '#lib/domain/plan/plan-opening.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { SIM_SETTINGS } from '#lib/simulation/life-setup.ts';
import { takeSteps } from '#lib/simulation/take-steps.ts';
import { marketAt } from '#lib/venue/books/playing-market.ts';
import { askOf, noteRefusal, noteSold, type RivalRecord, type RivalRule } from './rival-rules.ts';
import { createRivalWorld, type RivalPorts, type RivalWorld } from './rival-world.ts';
import type { Situation } from './situation.ts';
import { type LifeFigures, weighLife } from './weigh-life.ts';

/** Everything that a rival does in one life. What it knows survives its deaths; what it was about to write does not. */
type Rival = {
  readonly situation: Situation;
  readonly rule: RivalRule;
  readonly world: RivalWorld;
  readonly exitAtMs: number;
  buyHash: string | null;
  record: RivalRecord | null;
};

/** The venue redeems within five minutes of the result. */
const OUTSIDE_REDEMPTION_MS = 310_000;
const ENGINE_STEP_MS = 1_000;
/** Of the opening, as the product's caller repeats it. */
const OPENING_TRY_COUNT = 4;
const OPENING_PAUSE_MS = 2_000;
const READ_DEADLINE_MS = 1_500;
/** Looks for the fills of a buy whose answer did not tell them. */
const LOOK_PAUSES_MS = [2_000, 3_000, 5_000, 10_000];
const TIMER_TRY_COUNT = 4;
const LOWEST_PRICE_MICROS = 10_000n;

/** Plays one rival in the world of this life. Null when it bought nothing. */
export async function playRival(situation: Situation, rule: RivalRule): Promise<LifeFigures | null> {
  const { endsAtMs, exitDueAtMs, managedByMs } = situation;
  const world = createRivalWorld(situation);
  const { time } = world.world;
  const { chain, engine, orders, failures } = world;
  const phaseMs = rule.wakes.kind === 'loop' ? world.world.draw(rule.wakes.periodMs) : 0;
  const rival: Rival = { situation, rule, world, exitAtMs: exitDueAtMs + phaseMs, buyHash: null, record: null };
  // A rival asks the venue for little, so that its engine must be moved on.
  const moveOn = (): void => {
    engine.advanceTo(time.nowMs());
    if (time.nowMs() < endsAtMs + ENGINE_STEP_MS) time.atQuietly(time.nowMs() + ENGINE_STEP_MS, moveOn);
  };
  moveOn();
  let isOver = false;
  const overAtMs = Math.max(managedByMs, (chain.resolution?.atMs ?? endsAtMs) + OUTSIDE_REDEMPTION_MS);
  time.at(overAtMs, () => {
    isOver = true;
  });
  world.start((ports) => live(rival, ports), rule.wakes.kind === 'timer' ? SUPERVISED_CALLER : rule.restart);
  await takeSteps(() => {
    do {
      if (isOver || !time.step()) return false;
    } while (time.wasQuiet());
    return true;
  });
  if (failures.length > 0) throw failures[0];
  engine.advanceTo(time.nowMs());
  return weighLife({ situation, ledger: engine.ledger, chain, orders, isRestManaged: false });
}

/** The buyer beside the timer is a program like the others. */
const SUPERVISED_CALLER = { afterMs: 20_000, countMax: Number.POSITIVE_INFINITY };

async function live(rival: Rival, ports: RivalPorts): Promise<void> {
  rival.record ??= await buy(rival, ports);
  if (rival.record.boughtMicros < SHARES_STEP_MICROS) return;
  if (rival.rule.wakes.kind === 'timer') await setTimer(rival, ports);
  else await exit(rival, ports, rival.record);
}

/** The same order as the product's. After a restart the account's trades tell what an earlier run bought. */
async function buy(rival: Rival, ports: RivalPorts): Promise<RivalRecord> {
  if (rival.buyHash !== null) return recordOf(await lookForBuy(ports, rival.buyHash));
  const order = await planBuy(rival, ports);
  if (order === null) return recordOf(0n);
  const { orderHash, reply } = ports.post(order);
  rival.buyHash = orderHash;
  const answer = await reply;
  switch (answer.outcome) {
    case 'refused':
    case 'not-sent':
      return recordOf(0n);
    case 'accepted':
      if (!answer.working) return recordOf(answer.reported.sharesMicros);
      return recordOf((await lookForBuy(ports, orderHash)) || order.sharesMicros);
    default:
      return recordOf(await lookForBuy(ports, orderHash));
  }
}

function recordOf(boughtMicros: bigint): RivalRecord {
  return { boughtMicros, leftMicros: boughtMicros, tryCount: 0, refusalCount: 0, heard: null };
}

async function planBuy({ situation }: Rival, { clock, marketData }: RivalPorts): Promise<OrderTerms | null> {
  const { playing, outcome, budgetMicros } = situation.setup;
  const { market } = playing;
  const find = async (of: typeof outcome) => marketData.findBook(market.tokenIds[of], clock.nowMs() + READ_DEADLINE_MS);
  for (let tries = 0; tries < OPENING_TRY_COUNT; tries += 1) {
    try {
      const other = find(OTHER_OUTCOME[outcome]).catch(() => undefined);
      const [book, otherBook] = await Promise.all([find(outcome), other]);
      const nowMs = clock.nowMs();
      const asked = { marketSlug: market.slug, outcome, budgetMicros, nowMs, ...SIM_SETTINGS };
      const plan = planOpening({ ...asked, market: marketAt(playing, nowMs), book, otherBook });
      return 'code' in plan ? null : plan.buy;
    } catch (error) {
      if (!(error instanceof UpstreamUnavailableError)) throw error;
      await clock.sleepUntil(clock.nowMs() + OPENING_PAUSE_MS);
    }
  }
  return null;
}

async function lookForBuy(ports: RivalPorts, orderHash: string): Promise<bigint> {
  for (const pauseMs of LOOK_PAUSES_MS) {
    await ports.clock.sleepUntil(ports.clock.nowMs() + pauseMs);
    const filledMicros = await findFilledMicros(ports, orderHash);
    if (filledMicros > 0n) return filledMicros;
  }
  return 0n;
}

async function findFilledMicros(ports: RivalPorts, orderHash: string): Promise<bigint> {
  try {
    return await ports.findFilledMicros(orderHash);
  } catch (error) {
    if (error instanceof UpstreamUnavailableError) return 0n;
    throw error;
  }
}

async function setTimer(rival: Rival, ports: RivalPorts): Promise<void> {
  const fire = (): void => rival.world.start((run) => sellOnce(rival, run), rival.rule.restart);
  for (let tries = 0; tries < TIMER_TRY_COUNT; tries += 1) {
    try {
      await ports.setTimer(rival.exitAtMs, fire);
      return;
    } catch (error) {
      if (!(error instanceof UpstreamUnavailableError)) throw error;
      await ports.clock.sleepUntil(ports.clock.nowMs() + OPENING_PAUSE_MS);
    }
  }
}

/** The timer carries the size, and its function keeps no record: each event sells all of it. */
async function sellOnce({ situation, rule, record }: Rival, ports: RivalPorts): Promise<void> {
  if (record === null || ports.clock.nowMs() >= situation.endsAtMs) return;
  await ports.post(sellTerms(situation, askOf(rule, record))).reply;
}

async function exit({ rule, situation, exitAtMs }: Rival, ports: RivalPorts, record: RivalRecord): Promise<void> {
  const { clock } = ports;
  await clock.sleepUntil(exitAtMs);
  while (clock.nowMs() < situation.endsAtMs && record.refusalCount < rule.refusalCountMax) {
    const askedMicros = askOf(rule, record);
    if (askedMicros <= 0n) return;
    const { orderHash, reply } = ports.post(sellTerms(situation, askedMicros));
    const answer = await reply;
    const pauseMs = rule.pausesMs[record.tryCount % rule.pausesMs.length] ?? 0;
    record.tryCount += 1;
    if (answer.outcome === 'refused') noteRefusal(record, answer.text);
    if (answer.outcome === 'accepted') {
      if (answer.working) await clock.sleepUntil(clock.nowMs() + pauseMs);
      const soldMicros = answer.working ? await findFilledMicros(ports, orderHash) : answer.reported.sharesMicros;
      noteSold(rule, record, askedMicros, soldMicros);
    }
    // Another size is asked for at once.
    if (askOf(rule, record) === askedMicros) await clock.sleepUntil(clock.nowMs() + pauseMs);
  }
}

function sellTerms({ setup }: Situation, sharesMicros: bigint): OrderTerms {
  const { tokenIds, negRisk, version } = setup.playing.market;
  const token = { tokenId: tokenIds[setup.outcome], negRisk, marketVersion: version };
  return { side: 'SELL', orderType: 'FAK', ...token, sharesMicros, limitPriceMicros: LOWEST_PRICE_MICROS };
}
