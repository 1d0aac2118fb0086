import { describe, expect, it } from 'vitest';
import { VersionConflictError } from '#lib/errors/errors.ts';
import { NO_REDEMPTION, type RedemptionStore, type WalletRedemption } from '#lib/ports/store/redemption-store.ts';
import type { RedemptionIntent } from '#lib/ports/wallet/settlement.ts';

const ACCOUNT = { mode: 'live', wallet: '0x1111111111111111111111111111111111111111' } as const;

export const INTENT: RedemptionIntent = {
  route: 'relayer',
  nonce: 17n,
  deadlineAtMs: 1_773_307_900_000,
  calls: [{ target: '0xAdA100Db00Ca00073811820692005400218FcE1f', data: '0x01b7037c' }],
  conditionIds: ['0xc0', '0xc1'],
  preparedAtBlock: 70_000_001n,
};

const posting = (version: number): WalletRedemption => ({
  version,
  settledAtBlock: null,
  phase: 'posting',
  intent: INTENT,
  leaseUntilMs: 1_773_307_610_000,
});

/** What every redemption store keeps, in memory and in the table. */
export function describeRedemptionStore(name: string, makeStore: () => Promise<RedemptionStore>): void {
  describe(name, () => {
    it('shows a wallet without a row as idle', async () => {
      const store = await makeStore();
      expect(await store.findRedemption(ACCOUNT)).toEqual(NO_REDEMPTION);
    });

    it('gives back every phase as it was saved', async () => {
      const store = await makeStore();
      const shared = { settledAtBlock: 70_000_009n, intent: { ...INTENT, deadlineAtMs: null } };
      const steps: readonly WalletRedemption[] = [
        posting(1),
        { version: 2, ...shared, phase: 'sent', reference: 'relayer-1' },
        { version: 3, settledAtBlock: 70_000_009n, phase: 'idle' },
        { ...posting(4), settledAtBlock: 70_000_009n },
        { version: 5, ...shared, phase: 'unknown' },
      ];
      for (const step of steps) {
        await store.saveRedemption(ACCOUNT, step);
        expect(await store.findRedemption(ACCOUNT)).toEqual(step);
      }
    });

    it('lets one of two invocations begin, and one of two go on', async () => {
      const store = await makeStore();
      await store.saveRedemption(ACCOUNT, posting(1));
      await expect(store.saveRedemption(ACCOUNT, posting(1))).rejects.toThrow(VersionConflictError);
      await store.saveRedemption(ACCOUNT, { version: 2, settledAtBlock: null, phase: 'idle' });
      await expect(store.saveRedemption(ACCOUNT, posting(2))).rejects.toThrow(VersionConflictError);
      await expect(store.saveRedemption(ACCOUNT, posting(4))).rejects.toThrow(VersionConflictError);
      expect((await store.findRedemption(ACCOUNT)).phase).toBe('idle');
    });

    it('keeps wallets and modes apart', async () => {
      const store = await makeStore();
      await store.saveRedemption(ACCOUNT, posting(1));
      expect(await store.findRedemption({ ...ACCOUNT, mode: 'paper' })).toEqual(NO_REDEMPTION);
      expect(await store.findRedemption({ ...ACCOUNT, wallet: '0x2222' })).toEqual(NO_REDEMPTION);
    });
  });
}
