import { isHex } from 'viem';
import { readWallet, type WalletReading } from '#lib/adapters/polygon/owner/read-wallet.ts';
import { createPolygonInspection } from '#lib/adapters/polygon/polygon-inspection.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { findHeldMarkets, type OwnedMarket } from '#lib/cli/owner/find-markets.ts';
import { type Owner, type OwnerOptions, openOwner } from '#lib/cli/owner/open-owner.ts';
import { exactShares, pol, WALLET_TYPE_NAMES } from '#lib/cli/owner/owner-words.ts';
import { type Fact, renderFacts } from '#lib/cli/render/facts.ts';
import { plainTable } from '#lib/cli/render/plain-table.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { mulDivFloor } from '#lib/domain/market/money.ts';
import type { WalletApproval } from '#lib/ports/wallet/wallet-inspection.ts';
import { dollars } from '#lib/words/money-text.ts';
import { toJson } from '#lib/words/to-json.ts';

const READ_DEADLINE_MS = 20_000;
/** As the alarm `GasLow`: a redemption costs 0.01 to 0.05 POL, and ten times that on a bad day (OPERATE.md). */
const GAS_WEI_MIN = 3n * 10n ** 17n;

/** What the wallet is, holds and has approved, from the chain. Sends nothing. */
export async function walletCommand(terminal: Terminal, options: OwnerOptions): Promise<ExitCode> {
  const owner = await openOwner(terminal, options);
  try {
    const { rpc, rpcUrl, walletAddress: wallet, account, signatureType, journal } = owner;
    const deadlineAtMs = terminal.nowMs() + READ_DEADLINE_MS;
    const inspection = createPolygonInspection({ clock, rpcUrl, walletAddress: wallet });
    const asked = { wallet, key: account.address, signatureType };
    const [reading, approvals, held] = await Promise.all([
      readWallet(rpc, asked, deadlineAtMs),
      inspection.listApprovals(deadlineAtMs),
      findHeldMarkets(owner, deadlineAtMs),
    ]);
    const underWay = journal.find()?.what ?? null;
    const isSound = isUsable(owner, reading);
    if (options.json === true) {
      const figures = { cashMicros: reading.cashMicros, keyGasWei: reading.keyGasWei };
      const state = { isDeployed: reading.isDeployed, isOwnedByKey: reading.isOwnedByKey, isSound };
      terminal.out(
        toJson({
          ...asked,
          ...state,
          ...figures,
          approvals,
          holdings: held.markets.flatMap(toHoldings),
          unread: held.unread,
          underWay,
        }),
      );
    } else {
      terminal.out(`Wallet ${wallet}\n`);
      terminal.out(renderFacts(factsOf(owner, reading, approvals, underWay, terminal)));
      terminal.out(`\n${renderHoldings(held.markets.flatMap(toHoldings), held.unread)}`);
    }
    return isSound ? EXIT_CODES.ok : EXIT_CODES.failure;
  } finally {
    owner.close();
  }
}

function isUsable({ signatureType }: Owner, { isDeployed, isOwnedByKey }: WalletReading): boolean {
  return isOwnedByKey !== false && (signatureType === 0 || isDeployed);
}

function factsOf(
  owner: Owner,
  reading: WalletReading,
  approvals: readonly WalletApproval[],
  underWay: string | null,
  { paint }: Terminal,
): readonly Fact[] {
  const { account, signatureType } = owner;
  const gas = pol(reading.keyGasWei);
  const isLow = reading.keyGasWei < GAS_WEI_MIN;
  const forGas =
    signatureType === 3
      ? 'the relayer pays for it; the key needs some only without the relayer'
      : 'pays for its transactions';
  return [
    ['Type', `${signatureType}, ${WALLET_TYPE_NAMES[signatureType]}`],
    ['Contract', contractText(owner, reading, paint)],
    ['Key', isHex(account.address) ? account.address : '?'],
    ['Cash', `${dollars(reading.cashMicros)} (pUSD)`],
    [
      'Gas',
      `${isLow && signatureType !== 3 ? paint('warn', `${gas}, too little: send POL to the key`) : gas} (${forGas})`,
    ],
    ...(['v1', 'v2'] as const).map(
      (version): Fact => [`Approvals ${version}`, approvalsText(approvals, version, paint)],
    ),
    ...(underWay === null
      ? []
      : [['Under way', paint('warn', `${underWay}: the next command looks it up first`)] as const]),
  ];
}

function contractText(
  { signatureType, account }: Owner,
  { isDeployed, isOwnedByKey }: WalletReading,
  paint: Terminal['paint'],
): string {
  if (signatureType === 0) {
    if (isOwnedByKey !== true) return paint('bad', `not the address of the key, which is ${account.address}`);
    return isDeployed ? 'none of its own (a delegation of the key, EIP-7702)' : 'none';
  }
  if (!isDeployed) return paint('bad', signatureType === 3 ? 'not deployed: `tminus wallet create`' : 'not deployed');
  if (isOwnedByKey === null) return paint('warn', 'deployed; it does not tell its owner');
  return isOwnedByKey ? 'deployed, owned by the key' : paint('bad', 'deployed, and owned by another key');
}

/** `redeem` covers merging. */
function approvalsText(approvals: readonly WalletApproval[], version: 'v1' | 'v2', paint: Terminal['paint']): string {
  const own = approvals.filter(
    ({ marketVersion, purpose }) => marketVersion === version && !purpose.endsWith('neg-risk'),
  );
  const nameOf = ({ purpose }: WalletApproval): string => {
    const name = purpose.replace('-v2', '');
    return name === 'redeem' ? 'redeem and merge' : name;
  };
  const given = own.filter(({ isGranted }) => isGranted).map(nameOf);
  const missing = own.filter(({ isGranted }) => !isGranted).map(nameOf);
  return [
    ...(given.length === 0 ? [] : [`given to ${given.join(', ')}`]),
    ...(missing.length === 0 ? [] : [paint('bad', `missing to ${missing.join(', ')} (\`tminus approve\`)`)]),
  ].join('; ');
}

type Holding = {
  readonly slug: string;
  readonly marketVersion: string;
  readonly outcomeName: string;
  readonly sharesMicros: bigint;
  readonly state: string;
};

/** A line for each outcome that is held. */
function toHoldings({ slug, terms, outcomeNames, market, held, payout }: OwnedMarket): readonly Holding[] {
  const { marketVersion } = terms;
  const stateOf = (outcome: Outcome): string => {
    if (payout !== null) {
      const own = outcome === 'UP' ? payout.own : payout.other;
      return own === 0n ? 'lost' : `pays ${dollars(mulDivFloor(held[outcome], own, payout.total))}`;
    }
    return market?.acceptingOrders === true && market.endsAtMs > clock.nowMs() ? 'trading' : 'unresolved';
  };
  return OUTCOMES.flatMap((outcome) => {
    const sharesMicros = held[outcome];
    const outcomeName = outcomeNames[outcome];
    return sharesMicros === 0n ? [] : [{ slug, marketVersion, outcomeName, sharesMicros, state: stateOf(outcome) }];
  });
}

function renderHoldings(holdings: readonly Holding[], unread: string | null): string {
  const note = unread === null ? '' : `\n${narrate(unread)}`;
  if (holdings.length === 0) return `Shares: none found.${note}`;
  const rows = holdings.map(({ slug, outcomeName, sharesMicros, state, marketVersion }) => [
    slug,
    marketVersion,
    outcomeName,
    exactShares(sharesMicros),
    state,
  ]);
  return `${plainTable(['Market', '', 'Outcome', 'Shares', 'State'], rows, { rightAligned: [3] })}${note}`;
}
