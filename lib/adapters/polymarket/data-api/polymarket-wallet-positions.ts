import * as z from 'zod/mini';
import { findBytes31, toClobConditionId, versionOfToken } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import { ACTIVITY_TYPES, type IndexedHolding, type WalletPositions } from '#lib/ports/wallet/wallet-positions.ts';
import { ActivityRowSchema, HoldingRowSchema, ResolutionRowSchema } from './data-api-schemas.ts';
import { type DataApiDeps, readDataPages } from './read-data-pages.ts';

/** `OPEN` has everything that is held but losers of resolved markets (venue §10.2). */
const HELD_STATUSES = ['OPEN', 'REDEEMABLE_LOST'] as const;
const HOLDING_PAGE = '500';
const ACTIVITY_PAGE = '1000';
/** More are refused. */
const CONDITIONS_MAX = 20;

/** The venue's Data API, version 2: public, read-only. Version 1 was announced to end on 2026-10-24. */
export function createPolymarketWalletPositions(deps: DataApiDeps): WalletPositions {
  return {
    async listHoldings(walletAddress, deadlineAtMs) {
      const user = walletAddress.toLowerCase();
      const what = "the wallet's positions";
      const pages = await Promise.all(
        HELD_STATUSES.map((status) => {
          // Without a filter amount, rests below 0.1 share are left out.
          const query = { user, status, filter_amount: '0', include_archived: 'true', limit: HOLDING_PAGE };
          return readDataPages(deps, { path: '/positions', query, what, deadlineAtMs });
        }),
      );
      const { read, unreadable } = readRows(HoldingRowSchema, pages.flat());
      // A market that resolves between two pages is in both lists.
      const holdings = new Map(read.map((row) => [row.token_id, toHolding(row)]));
      return {
        holdings: [...holdings.values()],
        unreadableCount: unreadable.length,
        unreadableNames: unreadable.map(nameOf),
      };
    },

    async listActivity({ walletAddress, sinceMs, conditionId, type }, deadlineAtMs) {
      const query = {
        user: walletAddress.toLowerCase(),
        start: String(Math.max(Math.floor(sinceMs / 1_000), 1)),
        exclude_deposits_withdrawals: 'false',
        limit: ACTIVITY_PAGE,
        ...(conditionId !== undefined && { condition: toClobConditionId(conditionId) }),
        // More than one type in a request is not filtered at all.
        ...(type !== undefined && { type }),
      };
      const rows = await readDataPages(deps, {
        path: '/activity',
        query,
        what: "the wallet's activity",
        deadlineAtMs,
      });
      const { read, unreadable } = readRows(ActivityRowSchema, rows);
      return { activities: read.map(toActivity), unreadableCount: unreadable.length };
    },

    async findResolutions(conditionIds, deadlineAtMs) {
      const asked = new Map(conditionIds.map((id) => [toClobConditionId(id).toLowerCase(), id]));
      const found = new Map<string, ReturnType<typeof toResolution>>();
      for (const batch of inBatches([...asked.keys()])) {
        const query = { condition: batch.join(',') };
        const rows = await readDataPages(deps, {
          path: '/resolutions',
          query,
          what: 'the resolutions',
          deadlineAtMs,
        });
        for (const row of readRows(ResolutionRowSchema, rows).read) {
          const id = asked.get(toClobConditionId(row.condition_id).toLowerCase());
          if (id !== undefined) found.set(id, toResolution(row));
        }
      }
      return found;
    },
  };
}

function readRows<Row extends z.ZodMiniType>(
  schema: Row,
  rows: readonly unknown[],
): { readonly read: readonly z.output<Row>[]; readonly unreadable: readonly unknown[] } {
  const [read, unreadable]: [z.output<Row>[], unknown[]] = [[], []];
  for (const row of rows) {
    const result = schema.safeParse(row);
    if (result.success) read.push(result.data);
    else unreadable.push(row);
  }
  return { read, unreadable };
}

const NAME_LENGTH_MAX = 100;
const NamedRowSchema = z.object({
  slug: z.catch(z.optional(z.string()), undefined),
  condition_id: z.catch(z.optional(z.string()), undefined),
  token_id: z.catch(z.optional(z.string()), undefined),
});

function nameOf(row: unknown): string {
  const named = NamedRowSchema.safeParse(row);
  const { slug, condition_id, token_id } = named.success ? named.data : {};
  return (slug || condition_id || token_id || 'a row without a name').slice(0, NAME_LENGTH_MAX);
}

function toHolding(row: z.output<typeof HoldingRowSchema>): IndexedHolding {
  const { token_id: tokenId, outcome_index: index } = row;
  return {
    tokenId,
    conditionId: toMarketConditionId(tokenId, row.condition_id),
    marketSlug: row.slug || null,
    outcomeIndex: index === 0 || index === 1 ? index : null,
    oppositeTokenId: row.opposite_token_id ?? null,
    negRisk: row.negative_risk === true,
    sharesMicros: row.current_size,
    isRedeemable: row.redeemable === true,
    marketEndsAtMs: row.end_date ?? null,
  };
}

function toActivity(row: z.output<typeof ActivityRowSchema>) {
  const { token_id: tokenId, condition_id: conditionId } = row;
  const type = ACTIVITY_TYPES.find((each) => each === row.type.toUpperCase()) ?? ('OTHER' as const);
  return {
    atMs: row.timestamp,
    type,
    transactionHash: row.transaction_hash.toLowerCase(),
    conditionId: conditionId ? toMarketConditionId(tokenId ?? '', conditionId) : null,
    tokenId: tokenId ?? null,
    side: row.side ?? null,
    sharesMicros: row.size,
    cashMicros: row.usdc_size,
  };
}

function toResolution({ status, payouts, resolved_at: resolvedAtMs }: z.output<typeof ResolutionRowSchema>) {
  const isResolved = status?.toLowerCase() === 'resolved' && payouts?.length === 2;
  return { payoutsMicros: isResolved ? payouts : null, resolvedAtMs: resolvedAtMs ?? null };
}

/** One of 256 ids of version 1 ends in a zero byte, too: the token says which version it is. */
function toMarketConditionId(tokenId: string, conditionId: string): string {
  const isV2 = tokenId !== '' && versionOfToken(tokenId) === 'v2';
  return (isV2 ? findBytes31(conditionId) : undefined) ?? conditionId.toLowerCase();
}

function inBatches(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / CONDITIONS_MAX);
  return Array.from({ length: count }, (_, index) => ids.slice(index * CONDITIONS_MAX, (index + 1) * CONDITIONS_MAX));
}
