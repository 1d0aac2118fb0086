import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import type { ApprovalReading, ApprovalReadings } from '#lib/ports/wallet/approval-readings.ts';
import type {
  ApprovalPurpose,
  NeededApproval,
  WalletApproval,
  WalletInspection,
} from '#lib/ports/wallet/wallet-inspection.ts';
import { type Finding, ok, type PlannedCheck, red, warning } from './check.ts';

/** The key that signs, and the kind of wallet that it signs for. */
export type WalletKey = { readonly signatureType: SignatureType; readonly loadAddress: () => Promise<string> };

export type WalletCheckDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly inspection: WalletInspection;
  readonly key: WalletKey;
  /** Without it an approval that cannot be read is red. `save` is missing where nothing may be written. */
  readonly readings?: (Pick<ApprovalReadings, 'find'> & Partial<ApprovalReadings>) | undefined;
};

const APPROVAL_CHECKS = { v1: 'approvals', v2: 'approvals v2' } as const satisfies Record<MarketVersion, string>;

const POLYGON_CHAIN_ID = 137;
/** Polygon makes a block every two seconds. A node this far behind shows old balances. */
const BLOCK_AGE_MS_MAX = 60_000;

/** Approvals that were read this long ago count while the chain cannot be read. They change by transactions only. */
const PROOF_AGE_MS_MAX = 86_400_000;
/** A reading that says the same is written again after this time. */
const PROOF_RENEWED_MS = 3_600_000;

const UNREACHED =
  'Check POLYGON_RPC_URL. Exits work without the chain, but the cause of a refusal is then harder to find.';

export function planWalletChecks(deps: WalletCheckDeps): readonly PlannedCheck[] {
  const { clock, inspection, key } = deps;
  const readApprovals = createApprovalReader(deps);
  const soft = { whenUnread: 'warning', adviceWhenUnread: UNREACHED } as const;
  return [
    {
      name: 'chain',
      isHard: true,
      ...soft,
      run: async (untilMs) => judgeChain(await inspection.getChain(untilMs), clock.nowMs()),
    },
    {
      name: 'key',
      isHard: true,
      whenUnread: 'red',
      adviceWhenUnread: 'Nothing can be signed without the key: check its secret, which needs a value, or the KMS key.',
      run: async () => judgeKey(key.signatureType, await key.loadAddress(), inspection.walletAddress),
    },
    {
      name: 'cash on chain',
      isHard: false,
      ...soft,
      run: async (untilMs) => judgeCash(await inspection.getCollateralMicros(untilMs)),
    },
    ...MARKET_VERSIONS.map((marketVersion): PlannedCheck => {
      const isOwn = (approval: WalletApproval): boolean => approval.marketVersion === marketVersion;
      return {
        name: APPROVAL_CHECKS[marketVersion],
        isHard: true,
        marketVersion,
        whenUnread: 'red',
        adviceWhenUnread:
          'Check POLYGON_RPC_URL. Without the approval to sell, bought shares cannot be sold, and none was read within a day.',
        run: async (untilMs) => {
          const { approvals, agoMs } = await readApprovals(untilMs);
          const found = judgeApprovals(approvals.filter(isOwn));
          return agoMs === null ? found : judgeProof(found, agoMs);
        },
      };
    }),
  ];
}

/** Only an EOA is its own key; the other wallets are contracts, whose owner the venue checks. */
function judgeKey(signatureType: SignatureType, address: string, walletAddress: string): Finding {
  const found = `signs as ${address}`;
  if (signatureType !== 0 || address.toLowerCase() === walletAddress.toLowerCase()) return ok(found);
  const advice = `LIVE_WALLET_ADDRESS is ${walletAddress}: with signature type 0 it has to be the key's own address.`;
  return red(found, advice);
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

/** `agoMs` is the age of an earlier reading, null for one of now. */
type ReadApprovals = { readonly approvals: readonly WalletApproval[]; readonly agoMs: number | null };

/**
 * Reads the approvals and keeps the reading. When they cannot be read, the last reading counts for a day. Checks that
 * run side by side share one read.
 */
function createApprovalReader({ clock, inspection, readings }: WalletCheckDeps) {
  const { walletAddress, neededApprovals } = inspection;
  let saved: ApprovalReading | undefined;
  const keep = async (approvals: readonly WalletApproval[]): Promise<void> => {
    const reading = { readAtMs: clock.nowMs(), granted: approvals.filter(({ isGranted }) => isGranted) };
    if (saved !== undefined && isSame(saved, reading) && reading.readAtMs - saved.readAtMs < PROOF_RENEWED_MS) return;
    await readings?.save?.(walletAddress, reading);
    saved = reading;
  };
  const read = async (untilMs: number): Promise<ReadApprovals> => {
    let approvals: readonly WalletApproval[];
    try {
      approvals = await inspection.listApprovals(untilMs);
    } catch (error) {
      const proof = await readings?.find(walletAddress);
      const agoMs = proof === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() - proof.readAtMs;
      if (proof === undefined || agoMs > PROOF_AGE_MS_MAX) throw error;
      return { approvals: neededApprovals.map((each) => ({ ...each, isGranted: isGrantedIn(proof, each) })), agoMs };
    }
    // The check counts by itself; without the row only the day of grace is lost.
    await keep(approvals).catch(() => undefined);
    return { approvals, agoMs: null };
  };
  let reading: Promise<ReadApprovals> | undefined;
  return (untilMs: number): Promise<ReadApprovals> => {
    reading ??= read(untilMs).finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

function isSame(a: ApprovalReading, b: ApprovalReading): boolean {
  return a.granted.length === b.granted.length && b.granted.every((approval) => isGrantedIn(a, approval));
}

function isGrantedIn(
  { granted }: ApprovalReading,
  { contract, spender }: Pick<NeededApproval, 'contract' | 'spender'>,
) {
  const name = (address: string): string => address.toLowerCase();
  return granted.some((each) => name(each.contract) === name(contract) && name(each.spender) === name(spender));
}

function judgeProof(then: Finding, agoMs: number): Finding {
  const ago = agoMs < 3_600_000 ? `${Math.round(agoMs / 60_000)} min` : `${Math.round(agoMs / 3_600_000)} h`;
  const found = `could not be read; ${ago} ago ${then.status === 'ok' ? 'all were set' : then.found}`;
  if (then.status !== 'red') return warning(found, UNREACHED);
  return red(found, 'Check POLYGON_RPC_URL. Then set what was missing with `tminus approve`.');
}

/** Crypto up/down markets are not neg-risk markets. An exit does not redeem. */
const NEEDED_TO_OPEN: readonly ApprovalPurpose[] = ['sell', 'buy', 'sell-v2', 'buy-v2'];

/** Without the approval to sell, bought shares could not be sold (docs/incident.md). */
function judgeApprovals(approvals: readonly WalletApproval[]): Finding {
  const missing = approvals.filter(({ isGranted }) => !isGranted);
  if (missing.length === 0) return ok(`all ${approvals.length} are set`);
  const found = `missing: ${missing.map(({ purpose }) => purpose).join(', ')}`;
  const advice = 'Set them with `tminus approve`.';
  const isNeeded = missing.some(({ purpose }) => NEEDED_TO_OPEN.includes(purpose));
  return isNeeded ? red(found, advice) : warning(found, advice);
}
