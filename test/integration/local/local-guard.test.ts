import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  accountOfStack,
  type Bot,
  type BotAccount,
  type BotAnswer,
  fillOf,
  startBot,
} from '#infra/proof/bot/start-bot.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { main } from '#lib/cli/main.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import type { MarketVersion, Outcome } from '#lib/domain/market/market.ts';
import { floorTo } from '#lib/domain/market/money.ts';
import { DUST_SHARES_MICROS, remainingSharesMicros, soldTotals } from '#lib/domain/position/fill-totals.ts';
import { leftSharesMicros } from '#lib/domain/position/guarded-shares.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { moveClockTo } from '#test/fixtures/movable-clock.ts';
import { LIFE_ENV, LIFE_MS, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { eventually, makeStateDir, removeStateDir } from './local-test-stack.ts';

const CASH_MICROS = 1_000_000_000n;
const HOUR_MS = 3_600_000;
/** The suite has read its book by then, and not posted. */
const RIVAL_LEAD_MS = 600;
/** The deadline is written 5 s before the market's end. */
const DEADLINE_MS = 7_000;
const SALE = { side: 'SELL' } as const;

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;
let account: BotAccount;
const bots: Bot[] = [];

beforeAll(async () => {
  stateDir = makeStateDir();
  stack = await startLocalStack({
    ...{ stateDir, seed: 13, timerGrainMs: 1_000, timerJitterMs: 500, sweepPeriodMs: 1_000, watchPeriodMs: HOUR_MS },
    env: { ...LIFE_ENV, WALLET_WATCH: 'guard', REDEEM_FOREIGN: 'true', LOG_FILE: `${stateDir}/functions.log` },
    live: { signatureType: 3, cashMicros: CASH_MICROS },
  });
  aws = createAwsClients(stack.env);
  const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
  store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
  account = await accountOfStack(stack.env);
});

afterAll(async () => {
  for (const bot of bots) await bot.kill();
  aws?.destroy();
  await stack?.stop();
  removeStateDir(stateDir);
});

type Held = {
  readonly slug: string;
  readonly version: MarketVersion;
  readonly tokenIds: Readonly<Record<Outcome, string>>;
};

/** A market of its own for each story. */
async function addMarket(version: MarketVersion): Promise<Held> {
  const nowMs = Date.now();
  const slug = stack.venue.addMarket({
    ...{ asset: 'BTC', window: '5m', version, endsAtMs: nowMs + LIFE_MS, startsAtMs: nowMs - 1_000 },
    tokenMidAt: { outcome: 'UP', priceMicros: 550_000n, atMs: nowMs },
  });
  const reply = await fetch(`${stack.venue.gammaHost}/markets/slug/${slug}`);
  const { clobTokenIds, positionIds } = (await reply.json()) as { clobTokenIds: string; positionIds: string[] };
  const [UP = '', DOWN = ''] = version === 'v2' ? positionIds : JSON.parse(clobTokenIds);
  return { slug, version, tokenIds: { UP, DOWN } };
}

function aBot(): Bot {
  const bot = startBot(account);
  bots.push(bot);
  return bot;
}

const sharesOf = ({ tokenIds }: Held, outcome: Outcome) =>
  stack.live!.chain.sharesOf(account.wallet, tokenIds[outcome]);

type Wanted = readonly [market: Held, outcome: Outcome, usd?: number];

/** All at the same time. Resolves when a finalised block shows them. */
async function buy(bot: Bot, ...wanted: readonly Wanted[]): Promise<readonly bigint[]> {
  const bought = await Promise.all(
    wanted.map(async ([market, outcome, amount = 20]) => {
      const before = await sharesOf(market, outcome);
      const token = { tokenId: market.tokenIds[outcome], version: market.version };
      const order = { side: 'BUY', ...token, amount, price: 0.95 } as const;
      const { sharesMicros } = fillOf(order, await bot.place(order));
      await eventually(async () => expect(await sharesOf(market, outcome)).toBe(before + sharesMicros));
      return sharesMicros;
    }),
  );
  await stack.live!.chain.finalize();
  return bought;
}

/** In hundredths, as sizes are. */
function sell(bot: Bot, market: Held, outcome: Outcome, sharesMicros: bigint) {
  const token = { tokenId: market.tokenIds[outcome], version: market.version };
  return bot.place({ side: 'SELL', ...token, amount: Number(sharesMicros / 10_000n) / 100, price: 0.01 });
}

async function call(path: string, body: object) {
  const url = (stack.env.OPEN_FUNCTION_URL ?? '').replace(/\/$/, '');
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: reply.status, body: (await reply.json()) as { position: { positionId: string } } & object };
}

const guard = (market: Held, side: Outcome, requestId: string, more: object = {}) =>
  call('/guard', { requestId, marketSlug: market.slug, side, mode: 'live', ...more });

async function tminus(...args: string[]) {
  const terminal = createFakeTerminal({ env: {} });
  const code = await main([...args, '--state-dir', stateDir], terminal);
  return { code, out: terminal.outLines.join('\n'), err: terminal.errLines.join('\n') };
}

async function positionOf(requestId: string): Promise<Position> {
  const position = await store.find((await store.findIdByRequest(requestId)) ?? '');
  if (position === undefined) throw new Error(`No position of ${requestId}`);
  return position;
}

/** Plays on until it holds, with the chain's time beside the clock's: blocks of the past decide nothing. */
const untilAll = <Value>(assertion: () => Promise<Value>): Promise<Value> =>
  eventually(async () => {
    skipIdleTime((await store.list()).filter((position) => !isClosed(position)));
    await stack.live!.chain.moveTimeTo(Date.now());
    return await assertion();
  });

const shortfallOf = (position: Position) => ('shortfallMicros' in position ? position.shortfallMicros : 0n);

const EXITED = { state: 'exited', exitReason: 'emergency:timeout', origin: 'guard', forceClosed: true } as const;

it('brings home what a bot left, in both versions, beside the other outcome, and twice in a row', async () => {
  const [plain, twice, pair] = [await addMarket('v1'), await addMarket('v2'), await addMarket('v1')];
  const bot = aBot();
  const [ofPlain, ofTwice, ofUp, ofDown] = await buy(
    ...([bot, [plain, 'UP'], [twice, 'DOWN'], [pair, 'UP'], [pair, 'DOWN', 10]] as const),
  );
  await bot.kill();

  // The first exit is early, so that its market still trades afterwards.
  const answers = [await guard(plain, 'UP', 'plain'), await guard(twice, 'DOWN', 'twice-1', { exitLeadSeconds: 250 })];
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  const asked = await tminus('guard', '--market', pair.slug, '--side', 'UP', '--mode', 'live', '--request-id', 'pair');
  expect(asked).toMatchObject({ code: 0, out: expect.stringContaining('of the other outcome, which are not managed') });
  const repeated = await guard(plain, 'UP', 'plain');
  expect(repeated).toMatchObject({ status: 200, body: { outcome: 'already-requested' } });
  expect(repeated.body.position.positionId).toBe(answers[0]?.body.position.positionId);
  expect(await guard(plain, 'UP', 'other-id')).toMatchObject({ status: 409 });

  await untilAll(async () => expect(await positionOf('twice-1')).toMatchObject(EXITED));
  const another = aBot();
  const restMicros = await sharesOf(twice, 'DOWN');
  const [again = 0n] = await buy(another, [twice, 'DOWN']);
  await another.kill();
  expect(await guard(twice, 'DOWN', 'twice-1')).toMatchObject({ body: { outcome: 'already-requested' } });
  expect(await guard(twice, 'DOWN', 'twice-2')).toMatchObject({ status: 201 });

  const homes = ['plain', 'twice-1', 'twice-2', 'pair'] as const;
  const ends = await untilAll(async () => {
    const all = await Promise.all(homes.map(positionOf));
    for (const position of all) expect(position).toMatchObject(EXITED);
    return all;
  });
  const [endOfPlain, endOfFirst, endOfSecond, endOfPair] = ends.map((position) => soldTotals(position).sharesMicros);
  expect(ofPlain! - endOfPlain!).toBe(await sharesOf(plain, 'UP'));
  expect(ofTwice! - endOfFirst!).toBe(restMicros);
  expect(restMicros + again - endOfSecond!).toBe(await sharesOf(twice, 'DOWN'));
  expect(ofUp! - endOfPair!).toBe(await sharesOf(pair, 'UP'));
  // Less than can be sold is left, and nothing of the other outcome was touched.
  for (const held of [plain, pair]) expect(await sharesOf(held, 'UP')).toBeLessThan(DUST_SHARES_MICROS);
  expect(await sharesOf(twice, 'DOWN')).toBeLessThan(DUST_SHARES_MICROS);
  expect(await sharesOf(pair, 'DOWN')).toBe(ofDown);
  // The exit of every one began when it was due.
  for (const { exitDueAtMs, firstExitAttemptAtMs } of ends as { exitDueAtMs: number; firstExitAttemptAtMs: number }[]) {
    expect(firstExitAttemptAtMs).toBeGreaterThanOrEqual(exitDueAtMs);
  }
});

it('never sells more than there is while a bot sells too: before, just before, and at the exit', async () => {
  const [gone, early, same] = [await addMarket('v1'), await addMarket('v2'), await addMarket('v1')];
  const bot = aBot();
  const held = await buy(bot, [gone, 'UP'], [early, 'UP', 40], [same, 'DOWN', 40]);
  const [ofGone, ofEarly, ofSame] = held as [bigint, bigint, bigint];
  await guard(gone, 'UP', 'gone');
  await guard(early, 'UP', 'early');
  await guard(same, 'DOWN', 'same');
  const { exitDueAtMs } = await positionOf('same');
  expect(await sell(bot, gone, 'UP', ofGone)).toHaveProperty('reply');
  const rivals: Promise<BotAnswer>[] = [];
  const ends = await untilAll(async () => {
    if (rivals.length === 0 && Date.now() >= exitDueAtMs - RIVAL_LEAD_MS) {
      rivals.push(sell(bot, early, 'UP', ofEarly / 2n));
      await systemClock.sleepUntil(exitDueAtMs, 'rough');
      rivals.push(sell(bot, same, 'DOWN', ofSame / 2n));
    }
    const all = await Promise.all(['gone', 'early', 'same'].map(positionOf));
    for (const { state } of all) expect(state).toBe('exited');
    return all;
  });
  const sales = await Promise.all(rivals);
  expect(sales).toEqual([{ reply: expect.anything() }, expect.anything()]);
  const byBot = (await Promise.all(rivals)).map((answer) =>
    'error' in answer ? 0n : fillOf(SALE, answer).sharesMicros,
  );
  const bought = [ofGone, ofEarly, ofSame];
  const inWallet = [await sharesOf(gone, 'UP'), await sharesOf(early, 'UP'), await sharesOf(same, 'DOWN')];
  const [soldOfEarly = 0n, soldOfSame = 0n] = byBot;
  for (const [index, bySomebody] of [floorTo(ofGone, 10_000n), soldOfEarly, soldOfSame].entries()) {
    const position = ends[index]!;
    expect(soldTotals(position).sharesMicros + bySomebody + (inWallet[index] ?? 0n)).toBe(bought[index]);
    expect(remainingSharesMicros(position)).toBe(inWallet[index]);
    expect(leftSharesMicros(position) + shortfallOf(position)).toBe(bySomebody);
    // What the bot got for shares that no transaction of the record explains is not known.
    if (shortfallOf(position) > 0n) expect(describePosition(position).pnlMicros).toBeNull();
  }
  expect(ends[0]).toMatchObject({ exitReason: 'elsewhere', trades: [], forceClosed: false });
});

it('collects what could not be sold of the side it guards, and ends what never came', async () => {
  const { chain } = stack.live!;
  const [unsold, awaited] = [await addMarket('v1'), await addMarket('v2')];
  const bot = aBot();
  const [ofUp = 0n] = await buy(bot, [unsold, 'UP'], [unsold, 'DOWN', 10]);
  expect(await guard(unsold, 'UP', 'unsold')).toMatchObject({ status: 201 });
  expect(await guard(awaited, 'UP', 'nothing')).toMatchObject({ status: 422 });
  expect(await guard(awaited, 'UP', 'awaited', { expectShares: true })).toMatchObject({ status: 201 });
  stack.venue.setCondition({ kind: 'no-bids', market: unsold.slug });
  await untilAll(async () => {
    const position = await positionOf('unsold');
    // Two minutes of tries without a bid would show nothing more than the last seconds.
    if (position.state === 'exiting') moveClockTo(position.marketEndsAtMs - DEADLINE_MS);
    expect(position.state).toBe('awaiting-resolution');
  });
  await chain.moveTimeTo(Date.now());
  await chain.resolve(unsold.slug, 'UP', 'v1');
  await chain.resolve(awaited.slug, 'UP', 'v2');
  const cashMicros = await chain.collateralOf(account.wallet);
  const [redeemed, voided] = await untilAll(async () => {
    const both = await Promise.all(['unsold', 'awaited'].map(positionOf));
    expect(both.map(({ state }) => state)).toEqual(['redeemed', 'voided']);
    return both;
  });
  // The venue's adapter takes both outcomes of the wallet, and the one that is not guarded paid nothing.
  expect(redeemed).toMatchObject({ payoutMicros: ofUp, exitReason: 'emergency:timeout_sell_failed' });
  expect(await chain.collateralOf(account.wallet)).toBe(cashMicros + ofUp);
  expect(voided).toMatchObject({ exitReason: 'void:nothing-found' });
});
