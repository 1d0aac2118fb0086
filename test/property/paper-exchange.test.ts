import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cashMicrosOf } from '#lib/domain/market/order.ts';
import type { OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import { createPaperWorld, type PaperWorld } from '#test/contract/paper-world.ts';

type Step =
  | { readonly do: 'post'; readonly orders: readonly { readonly side: 'BUY' | 'SELL'; readonly cents: number }[] }
  | { readonly do: 'repost'; readonly pick: number }
  | { readonly do: 'wait'; readonly ms: number };

const order = fc.record({
  side: fc.constantFrom('BUY' as const, 'SELL' as const),
  cents: fc.integer({ min: 1, max: 3_000 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('post' as const), orders: fc.array(order, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repost' as const), pick: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 5_000 }) }) },
);

/** Loses the answer of every n-th recording, before or after the write. */
function lossy(every: number): PaperLedger {
  const inner = createMemoryPaperLedger();
  let count = 0;
  return {
    read: inner.read,
    record: async (...write) => {
      count += 1;
      if (count % every !== 0) return inner.record(...write);
      if (count % (2 * every) === 0) await inner.record(...write);
      throw new StoreUnavailableError('lost');
    },
  };
}

type Run = { readonly world: PaperWorld; readonly intents: OrderIntent[]; readonly replies: Map<string, OrderReply[]> };

async function post(run: Run, intents: readonly OrderIntent[]): Promise<void> {
  const { exchange, position, nowMs } = run.world;
  const deadlineAtMs = nowMs() + 6_000;
  const replies = await run.world.run(
    Promise.all(intents.map((intent) => exchange.postOrder(position, intent, deadlineAtMs))),
  );
  for (const [index, { orderHash }] of intents.entries()) {
    run.replies.set(orderHash, [...(run.replies.get(orderHash) ?? []), replies[index]!]);
  }
}

async function play(run: Run, move: Step): Promise<void> {
  const { world, intents } = run;
  if (move.do === 'wait') await world.clock.advanceBy(move.ms);
  if (move.do === 'repost') await post(run, intents.slice(move.pick % (intents.length + 1)).slice(0, 1));
  if (move.do !== 'post') return;
  const prepared = await Promise.all(
    move.orders.map(({ side, cents }) =>
      world.exchange.prepareOrder(
        world.position,
        {
          side,
          orderType: 'FAK',
          tokenId: world.position.tokenId,
          negRisk: false,
          marketVersion: 'v1',
          sharesMicros: BigInt(cents) * 10_000n,
          limitPriceMicros: side === 'BUY' ? 630_000n : 580_000n,
        },
        1,
      ),
    ),
  );
  intents.push(...prepared);
  await post(run, prepared);
}

const sharesOf = (trades: readonly Trade[], side: 'BUY' | 'SELL', isCounted: (trade: Trade) => boolean): bigint =>
  trades.reduce((sum, trade) => (trade.side === side && isCounted(trade) ? sum + trade.sharesMicros : sum), 0n);

async function listAll({ world, intents }: Run) {
  const hashes = intents.map((intent) => intent.orderHash);
  return world.exchange.listOrders(world.position, hashes, world.nowMs() + 1_000);
}

describe('the paper exchange, over any course of events', () => {
  it('never sells more than settled buys have brought, posts an order once, and never forgets one it took', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 2, max: 9 }), async (steps, every) => {
        const world = createPaperWorld({
          ledger: lossy(every),
          settlement: { minMs: 500, maxMs: 3_000, tailPercent: 20, tailMaxMs: 9_000 },
        });
        const run: Run = { world, intents: [], replies: new Map() };
        for (const move of steps) {
          await play(run, move);
          const records = await listAll(run);
          const trades = records.flatMap((record) => record.trades);
          const settled = sharesOf(trades, 'BUY', (trade) => trade.status === 'confirmed');
          expect(sharesOf(trades, 'SELL', () => true) <= settled).toBe(true);
          const { balanceMicros } = await world.exchange.getBalance(world.position, world.nowMs() + 1_000);
          expect(balanceMicros).toBe(settled - sharesOf(trades, 'SELL', (trade) => trade.status === 'confirmed'));
        }
        const filled = new Map((await listAll(run)).map((record) => [record.orderHash, record.trades]));
        for (const intent of run.intents) {
          const replies = run.replies.get(intent.orderHash) ?? [];
          const trades = filled.get(intent.orderHash);
          const accepted = replies.filter((reply) => reply.outcome === 'accepted');
          expect(accepted.length <= 1).toBe(true);
          // What nobody answered `accepted` or `unknown` to was not placed.
          const mayBePlaced = replies.some(({ outcome }) => outcome === 'accepted' || outcome === 'unknown');
          if (!mayBePlaced) expect(trades).toBeUndefined();
          if (trades === undefined) {
            expect(accepted).toEqual([]);
            continue;
          }
          const valueMicros = trades.reduce((sum, trade) => sum + trade.valueMicros, 0n);
          if (intent.side === 'BUY') expect(valueMicros <= cashMicrosOf(intent)).toBe(true);
          else expect(sharesOf(trades, 'SELL', () => true) <= intent.sharesMicros).toBe(true);
          for (const reply of accepted) {
            expect(reply).toMatchObject({ reported: { sharesMicros: sharesOf(trades, intent.side, () => true) } });
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
