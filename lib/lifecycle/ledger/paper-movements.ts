import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { PaperLedger, PaperOrder } from '#lib/ports/store/paper-ledger.ts';

/**
 * What moved on paper, by the paper ledger: one movement for each fill, and for a position that was paid the shares it
 * had left, at a dollar each. On paper the venue redeems by itself and leaves no record of its own.
 * @throws StoreUnavailableError, CorruptRowError
 */
export async function listPaperMovements(
  ledger: Pick<PaperLedger, 'read'>,
  positions: readonly Position[],
): Promise<readonly WalletMovement[]> {
  const movements: WalletMovement[] = [];
  for (let start = 0; start < positions.length; start += CONCURRENCY) {
    const group = positions.slice(start, start + CONCURRENCY);
    movements.push(...(await Promise.all(group.map((position) => listMovements(ledger, position)))).flat());
  }
  return movements;
}

/** Accounts that are read side by side. */
const CONCURRENCY = 10;

async function listMovements(ledger: Pick<PaperLedger, 'read'>, position: Position) {
  const { orders } = await ledger.read(position);
  const own = orders.filter(({ positionId }) => positionId === position.positionId);
  return [...own.flatMap((order) => toMovements(order, position.tokenId)), ...payoutOf(position, own)];
}

function toMovements({ orderHash, side, slices, acceptedAtMs: atMs }: PaperOrder, tokenId: string) {
  return slices.map(({ sharesMicros, valueMicros, feesMicros }, index): WalletMovement => {
    const isBuy = side === 'BUY';
    return {
      ...{ transactionHash: `${orderHash}-${index + 1}`, atMs, movedBy: 'exchange', payouts: [], gasWei: 0n },
      cashMicros: (isBuy ? -valueMicros : valueMicros) - feesMicros,
      shares: [{ tokenId, sharesMicros: isBuy ? sharesMicros : -sharesMicros }],
    };
  });
}

function payoutOf(position: Position, orders: readonly PaperOrder[]): readonly WalletMovement[] {
  if (position.state !== 'redeemed') return [];
  const { tokenId, transactionHash, closedAtMs: atMs } = position;
  let heldMicros = 0n;
  for (const { side, slices } of orders) {
    for (const { sharesMicros } of slices) heldMicros += side === 'BUY' ? sharesMicros : -sharesMicros;
  }
  const paid = { cashMicros: heldMicros, shares: [{ tokenId, sharesMicros: -heldMicros }] };
  return [{ transactionHash, atMs, movedBy: 'redeemer', payouts: [], gasWei: 0n, ...paid }];
}
