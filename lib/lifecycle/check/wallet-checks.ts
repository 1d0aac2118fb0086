import { formatMicros } from '#lib/domain/market/money.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { WalletApproval, WalletInspection } from '#lib/ports/wallet-inspection.ts';
import { type Finding, ok, type PlannedCheck, red, warning } from './check.ts';

export type WalletCheckDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly inspection: WalletInspection };

const POLYGON_CHAIN_ID = 137;
/** Polygon makes a block every two seconds. A node this far behind shows old balances. */
const BLOCK_AGE_MS_MAX = 60_000;

const UNREACHED =
  'Check POLYGON_RPC_URL. Exits work without the chain, but the cause of a refusal is then harder to find.';

export function planWalletChecks({ clock, inspection }: WalletCheckDeps): readonly PlannedCheck[] {
  const soft = { whenUnread: 'warning', adviceWhenUnread: UNREACHED } as const;
  return [
    {
      name: 'chain',
      isHard: true,
      ...soft,
      run: async (untilMs) => judgeChain(await inspection.getChain(untilMs), clock.nowMs()),
    },
    {
      name: 'cash on chain',
      isHard: false,
      ...soft,
      run: async (untilMs) => judgeCash(await inspection.getCollateralMicros(untilMs)),
    },
    {
      name: 'approvals',
      isHard: true,
      ...soft,
      run: async (untilMs) => judgeApprovals(await inspection.listApprovals(untilMs)),
    },
  ];
}

function judgeChain(
  { chainId, blockAtMs }: { readonly chainId: number; readonly blockAtMs: number },
  nowMs: number,
): Finding {
  if (chainId !== POLYGON_CHAIN_ID) {
    return red(
      `the node is on chain ${chainId}`,
      `POLYGON_RPC_URL must be a node of Polygon (chain ${POLYGON_CHAIN_ID}).`,
    );
  }
  const ageMs = Math.max(nowMs - blockAtMs, 0);
  const found = `Polygon, newest block ${Math.round(ageMs / 1_000)} s old`;
  return ageMs <= BLOCK_AGE_MS_MAX
    ? ok(found)
    : warning(found, 'The node is behind the chain. Use another one (POLYGON_RPC_URL).');
}

function judgeCash(balanceMicros: bigint): Finding {
  const found = `$${formatMicros(balanceMicros)}`;
  return balanceMicros > 0n ? ok(found) : warning(found, 'Pay in before you open anything (OPERATE.md, Go live).');
}

/** Without the approval to sell, bought shares could not be sold (docs/incident.md). */
function judgeApprovals(approvals: readonly WalletApproval[]): Finding {
  const missing = approvals.filter(({ isGranted }) => !isGranted);
  if (missing.length === 0) return ok(`all ${approvals.length} are set`);
  const found = `missing: ${missing.map(({ purpose }) => purpose).join(', ')}`;
  const advice =
    'Set them with `tminus approve`, which also says what to do for wallets that cannot send transactions.';
  // Crypto up/down markets are not neg-risk markets; one that is would be refused at the opening.
  const isNeeded = missing.some(({ purpose }) => purpose === 'sell' || purpose === 'buy');
  return isNeeded ? red(found, advice) : warning(found, advice);
}
