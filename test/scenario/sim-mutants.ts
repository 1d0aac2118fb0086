import { findBookFlaw } from '#lib/domain/market/book-flaw.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { TradingAccount, TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import type { PositionChange } from '#lib/ports/store/position-store.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import type { Settlement } from '#lib/ports/wallet/settlement.ts';
import type { FaultPlan } from '#lib/simulation/fault-plan.ts';
import type { LawNumber } from '#lib/simulation/laws/evidence.ts';
import type { Sabotage } from '#lib/simulation/life-world.ts';
import type { FunctionDeps } from '#lib/simulation/world/function-deps.ts';

/** A planted bug, and the laws of which at least one has to notice it. */
export type Mutant = {
  readonly name: string;
  readonly laws: readonly LawNumber[];
  readonly plant: Sabotage;
  /**
   * Where the lives before it do not meet the bug: the search starts here, and goes on if the simulation has changed.
   */
  readonly fromSeed?: number;
  /** Where the default plan would hide it: many faults allow a repeated notice, a copy of a message alone does not. */
  readonly plan?: FaultPlan;
  /** What the law says of it, where other laws of the number would notice it too. */
  readonly text?: RegExp;
};

type Patch = (exchange: Exchange) => Partial<Exchange>;

function patchExchanges(patch: Patch): Sabotage {
  return (deps) => {
    const patched = (account: TradingAccount | undefined) =>
      account && { ...account, exchange: { ...account.exchange, ...patch(account.exchange) } };
    const { paper, live } = deps.accounts;
    return { ...deps, accounts: { ...deps.accounts, paper: patched(paper), live: patched(live) } as TradingAccounts };
  };
}

function patchSettlement(patch: (live: Settlement) => Partial<Settlement>): Sabotage {
  return (deps) => {
    const { live } = deps.settlements;
    return live === undefined
      ? deps
      : { ...deps, settlements: { ...deps.settlements, live: { ...live, ...patch(live) } } };
  };
}

type Save = FunctionDeps['store']['save'];

export function patchSave(change: (save: Save) => Save): Sabotage {
  return (deps) => ({ ...deps, store: { ...deps.store, save: change(deps.store.save) } });
}

const cheaper = (fills: FillTotals): FillTotals => ({ ...fills, valueMicros: fills.valueMicros + 1n });

async function saveOverOthers(
  save: (change: PositionChange) => Promise<void>,
  change: PositionChange,
  version: number,
) {
  const before = { ...change.before, version } as PositionChange['before'];
  await save({ ...change, before, after: { ...change.after, version: version + 1 } as PositionChange['after'] });
}

/** Shares that each buy named. A function instance may be replaced between the buy and its look-ups. */
const named = new Map<string, bigint>();

/** Every sell is blocked, so that lives which may merge buy the other outcome; half of these buys bring only a part. */
const SALES_BLOCKED: FaultPlan = {
  v: 1,
  calmAfterEndMs: 60_000,
  faults: [
    { kind: 'sale-blocked', probability: 1 },
    { kind: 'partial-fill', probability: 0.5, fromMs: -60_000 },
  ],
};

/** The first order of a position is its buy. A later one buys the other outcome. */
const isHedge = ({ side, attemptNumber }: OrderIntent): boolean => side === 'BUY' && attemptNumber > 1;

const hedgeHashes = new Set<string>();
/** The size of the first sell, by the position. */
const firstSells = new Map<string, bigint>();

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a sweep that finds nothing',
    laws: [1],
    plant: (deps) => ({ ...deps, store: { ...deps.store, listDue: async () => [] } }),
  },
  {
    name: 'a deadline that is never saved',
    laws: [1],
    plant: patchSave((save) => async (change) => {
      if (change.event.type === 'deadline-reached') throw new UpstreamUnavailableError('not now');
      await save(change);
    }),
  },
  {
    name: 'a buy of twice the size',
    laws: [2],
    plant: patchExchanges((exchange) => ({
      prepareOrder: (position, order, number) =>
        exchange.prepareOrder(
          position,
          order.side === 'BUY' ? { ...order, sharesMicros: 2n * order.sharesMicros } : order,
          number,
        ),
    })),
  },
  {
    name: 'a gate that counts shares, and neither money nor the age of the book',
    laws: [2],
    plan: {
      v: 1,
      calmAfterEndMs: 60_000,
      faults: [{ kind: 'stale-book', probability: 1, fromMs: -1_000_000, untilMs: 0 }],
    },
    plant: (deps) => {
      const openingPolicy = { ...deps.settings.openingPolicy, roundTripPercentMin: 0, bookAgeMsMax: 1e12 };
      return { ...deps, settings: { ...deps.settings, openingPolicy } };
    },
  },
  {
    name: 'a gate at the exit: no sell while the book shows no price of today',
    laws: [1],
    plan: {
      v: 1,
      calmAfterEndMs: 60_000,
      faults: [{ kind: 'ghost-book', probability: 1, fromMs: -139_000, untilMs: 0 }],
    },
    plant: (deps) => {
      const gate = patchExchanges((exchange) => ({
        prepareOrder: async (position, order, number) => {
          const nowMs = deps.clock.nowMs();
          const book = order.side === 'SELL' ? await deps.marketData.findBook(order.tokenId, nowMs + 1_000) : undefined;
          if (book && findBookFlaw(book, nowMs) !== null) throw new UpstreamUnavailableError('No price of today');
          return exchange.prepareOrder(position, order, number);
        },
      }));
      return gate(deps);
    },
  },
  {
    name: 'a store that ignores versions',
    laws: [3, 4],
    plant: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        save: async (change) => {
          const row = await deps.store.find(change.before.positionId);
          await saveOverOthers(deps.store.save, change, row?.version ?? change.before.version);
        },
      },
    }),
  },
  {
    name: 'a lost answer that counts as "not placed": the next sell is signed anew',
    laws: [3, 4],
    plant: patchExchanges((exchange) => ({
      postOrder: async (...args) => {
        const reply = await exchange.postOrder(...args);
        if (reply.outcome !== 'unknown' || args[1].side === 'BUY') return reply;
        return { outcome: 'not-sent', code: 'not-reached', text: reply.text, retryAfterMs: null };
      },
    })),
  },
  {
    name: 'a lost answer that counts as answered: a refused second post settles the first, which is under way',
    laws: [3, 4],
    plan: {
      v: 1,
      calmAfterEndMs: 60_000,
      faults: [
        { kind: 'late-arrival', probability: 0.6, fromMs: -125_000, untilMs: -112_000 },
        { kind: 'stale-cache', probability: 1, fromMs: -290_000, untilMs: -60_000 },
      ],
    },
    plant: patchExchanges((exchange) => ({
      postOrder: async (...args) => {
        const reply = await exchange.postOrder(...args);
        return reply.outcome === 'unknown' ? { ...reply, isAnswered: true } : reply;
      },
    })),
  },
  {
    name: 'a buy whose lost answer counts as refused',
    laws: [4],
    plant: patchExchanges((exchange) => ({
      postOrder: async (...args) => {
        const reply = await exchange.postOrder(...args);
        if (reply.outcome !== 'unknown' || args[1].side === 'SELL') return reply;
        return { outcome: 'refused', code: 'invalid-order', text: reply.text };
      },
    })),
  },
  {
    name: 'a buy that is posted again when its answer is lost',
    laws: [4],
    plant: patchExchanges((exchange) => ({
      postOrder: async (...args) => {
        const reply = await exchange.postOrder(...args);
        return reply.outcome === 'unknown' && args[1].side === 'BUY' ? exchange.postOrder(...args) : reply;
      },
    })),
  },
  {
    name: 'an order that is posted before it is saved',
    laws: [4],
    plant: patchExchanges((exchange) => ({
      prepareOrder: async (position, order, number) => {
        const intent = await exchange.prepareOrder(position, order, number);
        await exchange.postOrder(position, intent, Number.MAX_SAFE_INTEGER);
        return intent;
      },
    })),
  },
  {
    name: 'a resting order that is reported as cancelled and still rests',
    laws: [3, 4],
    plan: {
      v: 1,
      calmAfterEndMs: 60_000,
      faults: [{ kind: 'engine-restart', probability: 1, fromMs: -200_000, untilMs: -125_000 }],
    },
    plant: patchExchanges((exchange) => ({
      cancelRestingOrders: async () => undefined,
      listOrders: async (...args) => (await exchange.listOrders(...args)).filter(({ working }) => !working),
    })),
  },
  {
    name: 'a match that counts as final',
    laws: [5],
    plant: patchExchanges((exchange) => ({
      listOrders: async (...args) =>
        (await exchange.listOrders(...args)).map((order) => ({
          ...order,
          trades: order.trades.map((trade) => ({ ...trade, status: 'confirmed' as const })),
        })),
    })),
  },
  {
    name: 'a sell of the other outcome',
    laws: [6],
    plant: (deps) => {
      const others = patchExchanges((exchange) => ({
        postOrder: (position, intent, deadlineAtMs) =>
          exchange.postOrder(
            position,
            intent.side === 'SELL' ? { ...intent, tokenId: `${intent.tokenId}1` } : intent,
            deadlineAtMs,
          ),
      }));
      return others(deps);
    },
  },
  {
    name: 'an order that is signed for the exchange of v1, whatever the market',
    laws: [6],
    plant: patchExchanges((exchange) => ({
      postOrder: (position, intent, deadlineAtMs) =>
        exchange.postOrder(position, { ...intent, marketVersion: 'v1' }, deadlineAtMs),
    })),
  },
  {
    name: 'orders that are prepared for the exchange of v1, whatever the market',
    laws: [6],
    plant: patchExchanges((exchange) => ({
      prepareOrder: (position, order, number) =>
        exchange.prepareOrder(position, { ...order, marketVersion: 'v1' }, number),
    })),
  },
  {
    name: "a balance that is asked for with the asset type of v1's shares, whatever the market",
    laws: [6],
    plant: (deps) => {
      const { live } = deps.accounts;
      if (live === undefined) return deps;
      const { exchange } = live;
      const asked: Exchange = {
        ...exchange,
        getBalance: (position, deadlineAtMs) => exchange.getBalance({ ...position, marketVersion: 'v1' }, deadlineAtMs),
      };
      return { ...deps, accounts: { ...deps.accounts, live: { ...live, exchange: asked } } };
    },
  },
  {
    name: "an approval that is given to v1's exchange, whatever the market",
    laws: [6],
    plan: { v: 1, calmAfterEndMs: 60_000, faults: [{ kind: 'missing-approval', probability: 1 }] },
    plant: (deps) => {
      const { live } = deps.accounts;
      const approve = live?.wallet?.approveShares;
      if (live === undefined || live.wallet === null || approve === undefined || approve === null) return deps;
      const approveShares: typeof approve = (terms, deadlineAtMs) =>
        approve({ ...terms, marketVersion: 'v1' }, deadlineAtMs);
      return { ...deps, accounts: { ...deps.accounts, live: { ...live, wallet: { ...live.wallet, approveShares } } } };
    },
  },
  {
    name: 'a paper position that trades with the live key',
    laws: [7],
    plant: (deps) => {
      const { paper, live } = deps.accounts;
      if (paper === undefined || live === undefined) return deps;
      const { exchange } = live;
      const asLive: Exchange = {
        ...exchange,
        prepareOrder: (position, ...rest) => exchange.prepareOrder({ ...position, mode: 'live' }, ...rest),
        postOrder: (position, ...rest) => exchange.postOrder({ ...position, mode: 'live' }, ...rest),
        listOrders: (position, ...rest) => exchange.listOrders({ ...position, mode: 'live' }, ...rest),
      };
      return { ...deps, accounts: { paper: { ...paper, exchange: asLive }, live } };
    },
  },
  {
    name: 'cash that is rounded on the way into the row',
    laws: [8],
    plant: patchExchanges((exchange) => ({
      listOrders: async (...args) =>
        (await exchange.listOrders(...args)).map((order) => ({
          ...order,
          trades: order.trades.map((trade) => ({ ...trade, ...cheaper(trade) })),
        })),
    })),
  },
  {
    name: 'a buy that counts the shares it named and not those it brought',
    laws: [5, 8],
    plant: patchExchanges((exchange) => {
      const cut = <Fills extends FillTotals>(fills: Fills, orderHash: string): Fills => {
        const sharesMicros = named.get(orderHash) ?? fills.sharesMicros;
        return fills.sharesMicros <= sharesMicros ? fills : { ...fills, sharesMicros };
      };
      return {
        postOrder: async (...args) => {
          const [, intent] = args;
          if (intent.side === 'BUY') named.set(intent.orderHash, intent.sharesMicros);
          const reply = await exchange.postOrder(...args);
          return reply.outcome === 'accepted' ? { ...reply, reported: cut(reply.reported, intent.orderHash) } : reply;
        },
        listOrders: async (...args) =>
          (await exchange.listOrders(...args)).map((order) => ({
            ...order,
            trades: order.trades.map((trade) => cut(trade, order.orderHash)),
          })),
      };
    }),
  },
  {
    name: 'an estimated fee that is reported as verified',
    laws: [8],
    plant: patchExchanges((exchange) => ({
      listOrders: async (...args) =>
        (await exchange.listOrders(...args)).map((order) => ({
          ...order,
          trades: order.trades.map((trade) =>
            trade.feeDriftMicros === null
              ? trade
              : { ...trade, feesMicros: trade.feesMicros - trade.feeDriftMicros, feeDriftMicros: 0n },
          ),
        })),
    })),
  },
  {
    name: 'a step that forgets its alert',
    laws: [9],
    plant: patchSave((save) => (change) => save({ ...change, alert: null })),
  },
  {
    name: 'an alert that is lost on the bus',
    laws: [9],
    plant: (deps) => ({ ...deps, bus: { publish: async () => undefined } }),
  },
  {
    name: 'a failed buy that counts as absent, whatever look-ups and chain show of it',
    laws: [4],
    plant: (deps) => {
      const { live } = deps.accounts;
      if (live === undefined || live.wallet === null) return deps;
      const { exchange, wallet } = live;
      const blind = {
        ...live,
        exchange: { ...exchange, listOrders: async () => [] },
        wallet: {
          ...wallet,
          getHoldings: async (...asked: Parameters<typeof wallet.getHoldings>) => ({
            ...(await wallet.getHoldings(...asked)),
            sharesMicros: 0n,
          }),
        },
      };
      return { ...deps, accounts: { ...deps.accounts, live: blind } };
    },
    plan: { v: 1, calmAfterEndMs: 60_000, faults: [{ kind: 'internal-error', at: [1] }] },
  },
  {
    name: 'a ban by Discord that counts as a delivery',
    laws: [9],
    plant: (deps) => ({
      ...deps,
      notices: {
        ...deps.notices,
        notifier: {
          notify: (notice) =>
            deps.notices.notifier.notify(notice).catch((error: unknown) => {
              if (!(error instanceof UpstreamUnavailableError && /blocks this address/.test(error.message)))
                throw error;
            }),
        },
      },
    }),
    plan: { v: 1, calmAfterEndMs: 60_000, faults: [{ kind: 'discord-banned', fromMs: -200_000, untilMs: 0 }] },
  },
  {
    name: 'a notice that every copy of a message delivers again',
    laws: [9],
    plan: { v: 1, calmAfterEndMs: 60_000, faults: [{ kind: 'queue-duplicate', probability: 0.2 }] },
    plant: (deps) => ({
      ...deps,
      notices: { ...deps.notices, ledger: { ...deps.notices.ledger, claim: async () => 'claimed' as const } },
    }),
  },
  {
    name: 'a payout that nobody paid',
    laws: [5],
    fromSeed: 930,
    plant: patchSettlement((live) => ({
      listPayouts: async (...args) => {
        const paid = await live.listPayouts(...args);
        return paid.length > 0
          ? paid
          : [{ kind: 'redemption', transactionHash: '0xnone', cashMicros: 1n, blockNumber: 1n, gasWei: null }];
      },
    })),
  },
  {
    name: 'an empty wallet that is taken for a loss',
    laws: [5],
    fromSeed: 196,
    plant: patchSettlement((live) => ({
      readCondition: async (...args) => {
        const reading = await live.readCondition(...args);
        const isEmpty = reading.payout !== null && reading.sharesMicros === 0n;
        return isEmpty ? { ...reading, payout: { own: 0n, other: 1n, total: 1n } } : reading;
      },
    })),
  },
  {
    name: 'a lost answer of the relayer that counts as not sent: another redemption follows',
    laws: [4],
    plant: patchSettlement((live) => ({
      sendRedemption: async (...args) => {
        const answer = await live.sendRedemption(...args);
        return answer.outcome === 'unknown' ? { outcome: 'not-sent', text: answer.text, retryAfterMs: null } : answer;
      },
    })),
  },
  {
    name: 'a payout of which half is booked',
    laws: [8],
    plant: patchSettlement((live) => ({
      listPayouts: async (...args) => {
        const paid = await live.listPayouts(...args);
        return paid.map((payout) => ({ ...payout, cashMicros: payout.cashMicros / 2n }));
      },
    })),
  },
  {
    name: 'a payout that is booked without its last millionth',
    laws: [8],
    plant: patchSettlement((live) => ({
      listPayouts: async (...args) => {
        const paid = await live.listPayouts(...args);
        return paid.map((payout) => ({ ...payout, cashMicros: payout.cashMicros - 1n }));
      },
    })),
  },
  {
    name: 'a merge that is booked before any cash was minted',
    laws: [5],
    plan: SALES_BLOCKED,
    plant: patchSettlement((live) => ({
      listPayouts: async (...args) => [
        { kind: 'merge', transactionHash: '0xnone', cashMicros: 1_000_000n, blockNumber: 1n, gasWei: null },
        ...(await live.listPayouts(...args)),
      ],
      readCondition: async (...args) => ({ ...(await live.readCondition(...args)), otherSharesMicros: 0n }),
    })),
  },
  {
    name: 'a merge of one pair more than the position holds',
    laws: [2],
    plan: SALES_BLOCKED,
    plant: patchSettlement((live) => ({
      prepareMerge: async (...args) => {
        const prepared = await live.prepareMerge(...args);
        if (prepared.outcome !== 'prepared') return prepared;
        const calls = prepared.intent.calls.map((call) => ({ ...call, data: String(BigInt(call.data) + 1n) }));
        return { ...prepared, intent: { ...prepared.intent, calls } };
      },
    })),
  },
  {
    name: 'the cost of the other outcome that is not counted',
    laws: [8],
    plan: SALES_BLOCKED,
    plant: patchExchanges((exchange) => {
      const free = <Fills extends FillTotals>(fills: Fills, orderHash: string): Fills =>
        hedgeHashes.has(orderHash) ? { ...fills, valueMicros: 0n, feesMicros: 0n } : fills;
      return {
        postOrder: async (...args) => {
          const [, intent] = args;
          if (isHedge(intent)) hedgeHashes.add(intent.orderHash);
          const reply = await exchange.postOrder(...args);
          return reply.outcome === 'accepted' ? { ...reply, reported: free(reply.reported, intent.orderHash) } : reply;
        },
        listOrders: async (...args) =>
          (await exchange.listOrders(...args)).map((order) => ({
            ...order,
            trades: order.trades.map((trade) => free(trade, order.orderHash)),
          })),
      };
    }),
  },
  {
    name: 'a row that forgets that the other outcome was bought',
    laws: [2, 4, 6],
    plan: SALES_BLOCKED,
    plant: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        find: async (positionId) => {
          const row = await deps.store.find(positionId);
          if (row?.hedge === undefined) return row;
          const { hedge, ...rest } = row;
          return rest;
        },
      },
    }),
  },
  {
    name: 'the other outcome that is bought twice',
    laws: [4],
    plan: SALES_BLOCKED,
    plant: patchExchanges((exchange) => ({
      postOrder: async (...args) => {
        const [position, intent, deadlineAtMs] = args;
        const reply = await exchange.postOrder(...args);
        if (!isHedge(intent) || reply.outcome !== 'accepted') return reply;
        const { attemptNumber, salt, timestampMs, orderHash, ...terms } = intent;
        const second = await exchange.prepareOrder(position, terms, attemptNumber + 1);
        await exchange.postOrder(position, second, deadlineAtMs);
        return reply;
      },
    })),
  },
  {
    name: 'a sell of shares that have got a partner of the other outcome',
    laws: [2],
    plan: SALES_BLOCKED,
    plant: patchExchanges((exchange) => ({
      postOrder: (position, intent, deadlineAtMs) => {
        const key = `${position.conditionId} ${position.openedAtMs}`;
        if (intent.side === 'BUY') return exchange.postOrder(position, intent, deadlineAtMs);
        const sharesMicros = firstSells.get(key) ?? intent.sharesMicros;
        firstSells.set(key, sharesMicros);
        return exchange.postOrder(position, { ...intent, sharesMicros }, deadlineAtMs);
      },
    })),
  },
  {
    name: 'a redemption that is under way for ever',
    laws: [11],
    plant: (deps) => ({
      ...deps,
      redemptions: {
        ...deps.redemptions,
        findRedemption: async () => ({
          version: 1,
          settledAtBlock: null,
          phase: 'posting',
          leaseUntilMs: Number.MAX_SAFE_INTEGER,
          intent: { route: 'relayer', nonce: 0n, deadlineAtMs: 0, calls: [], conditionIds: [], preparedAtBlock: 0n },
        }),
      },
    }),
  },
];
