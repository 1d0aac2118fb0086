import type { Clock } from '#lib/ports/clock.ts';
import type { ShareTransfer, WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';
import { createRpc } from '../json-rpc.ts';
import { createLogReader } from '../settlement/read-logs.ts';
import { sumByTransaction, type Transfers, transfersOf } from './read-transfers.ts';

export type ShareTransfersDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly rpcUrl: string };

/**
 * What moved one token of a wallet, by the events of its shares and of its cash.
 * @throws ConfigError when the address of the server cannot be used
 */
export function createShareTransfers(deps: ShareTransfersDeps): Pick<WalletReadings, 'listTransfers'> {
  const rpc = createRpc(deps);
  const readLogs = createLogReader(rpc);
  return {
    async listTransfers({ wallet, tokenId }, { afterBlock, toBlock }, deadlineAtMs) {
      const range = { from: afterBlock + 1n, to: toBlock };
      const found = await Promise.all(transfersOf(wallet).map((filter) => readLogs(filter, range, deadlineAtMs)));
      return sumByTransaction(wallet, found.flat())
        .toSorted((a, b) => Number(a.blockNumber - b.blockNumber))
        .flatMap((transfers) => toShareTransfer(transfers, tokenId));
    },
  };
}

/** Cash of a transaction that moved several tokens says nothing of one of them: a merge pays for both outcomes. */
function toShareTransfer(
  { transactionHash, blockNumber, cashMicros, shares }: Transfers,
  tokenId: string,
): readonly ShareTransfer[] {
  const own = shares.find((each) => each.tokenId === tokenId);
  if (own === undefined) return [];
  const { sharesMicros } = own;
  return [{ transactionHash, blockNumber, sharesMicros, cashMicros: shares.length === 1 ? cashMicros : null }];
}
