import type { WalletInspection } from '#lib/ports/wallet/wallet-inspection.ts';
import { ok, type PlannedCheck, red, warning } from './check.ts';
import type { WalletKey } from './wallet-checks.ts';

export type SettlementCheckDeps = {
  readonly inspection: Pick<WalletInspection, 'getGasWei'>;
  readonly key: WalletKey;
  /** Reads the relayer's key and describes it without showing it; null when none is configured. */
  readonly loadRelayer: (() => Promise<string>) | null;
};

/** What a redemption needs beyond an exit: gas of the key, or for a deposit wallet the relayer, which pays itself. */
export function planSettlementChecks(deps: SettlementCheckDeps): readonly PlannedCheck[] {
  return [deps.key.signatureType === 3 ? planRelayerCheck(deps) : planGasCheck(deps)];
}

/** A redemption costs 0.01 to 0.05 POL, and ten times that on a bad day (OPERATE.md). */
const GAS_WEI = { low: 300_000_000_000_000_000n, kept: 1_000_000_000_000_000_000n } as const;
const WEI_PER_TEN_THOUSANDTH = 100_000_000_000_000n;

function planGasCheck({ inspection, key }: SettlementCheckDeps): PlannedCheck {
  return {
    name: 'gas',
    isHard: false,
    whenUnread: 'warning',
    adviceWhenUnread: 'Check POLYGON_RPC_URL and the key. Winnings are redeemed by a transaction, which costs gas.',
    run: async (untilMs) => {
      const address = await key.loadAddress();
      const wei = await inspection.getGasWei(address, untilMs);
      const found = `${(Number(wei / WEI_PER_TEN_THOUSANDTH) / 10_000).toFixed(4)} POL`;
      const advice = `Send POL to the key, ${address}, and keep at least 1 POL there: redemptions are paid from it.`;
      if (wei < GAS_WEI.low) return red(found, advice);
      return wei < GAS_WEI.kept ? warning(found, advice) : ok(found);
    },
  };
}

function planRelayerCheck({ loadRelayer }: SettlementCheckDeps): PlannedCheck {
  const advice =
    'Run `tminus wallet create`, which stores a key of the relayer in the secret that LIVE_RELAYER_SECRET names: without one, winnings of this deposit wallet are not redeemed.';
  return {
    name: 'relayer key',
    isHard: false,
    whenUnread: 'red',
    adviceWhenUnread: advice,
    run: async () =>
      loadRelayer === null ? warning('LIVE_RELAYER_SECRET is not set', advice) : ok(await loadRelayer()),
  };
}
