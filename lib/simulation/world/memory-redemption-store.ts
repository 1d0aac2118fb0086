import { VersionConflictError } from '#lib/errors/errors.ts';
import {
  NO_REDEMPTION,
  type RedemptionAccount,
  type RedemptionStore,
  type WalletRedemption,
} from '#lib/ports/store/redemption-store.ts';

const keyOf = ({ mode, wallet }: RedemptionAccount): string => `${mode}#${wallet}`;

/** The rows of `dynamodb-redemption-store` in memory. */
export function createMemoryRedemptionStore(): RedemptionStore {
  const rows = new Map<string, WalletRedemption>();
  const find = (account: RedemptionAccount): WalletRedemption => rows.get(keyOf(account)) ?? NO_REDEMPTION;
  return {
    findRedemption: async (account) => find(account),
    saveRedemption: async (account, next) => {
      if (find(account).version !== next.version - 1) {
        throw new VersionConflictError("Another writer changed the wallet's redemption", { version: next.version });
      }
      rows.set(keyOf(account), next);
    },
  };
}
