import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import type { MarketVersion } from '#lib/domain/market/market.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { BalanceReading, HistoryToken, WalletBalances, WalletHistory } from '#lib/ports/wallet/wallet-history.ts';
import { decodeShares, decodeWords, readCollateral, readShares } from '../contract-calls.ts';
import { createRpc, type Rpc, type RpcCall, type RpcOutcome } from '../json-rpc.ts';
import { PROTOCOLS } from '../polygon-contracts.ts';
import { type Block, callAt, readBlockAt, readFinalizedBlock, toHex } from '../settlement/finalized-block.ts';
import { paidByKind } from '../settlement/paid-conditions.ts';
import { orMissing } from '../settlement/read-condition.ts';
import { type BlockRange, type ChainLog, createLogReader } from '../settlement/read-logs.ts';
import { type Receipt, readReceipt } from '../settlement/receipts.ts';
import { AmountSchema } from '../transaction-fees.ts';
import { findLastBlockBefore } from './block-at.ts';
import { sumByTransaction, type Transfers, transfersOf } from './read-transfers.ts';

export type PolygonWalletHistoryDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly rpcUrl: string;
  readonly walletAddress: string;
};

type Deps = PolygonWalletHistoryDeps & {
  readonly rpc: Rpc;
  readonly readLogs: ReturnType<typeof createLogReader>;
  readonly deadlineAtMs?: number | undefined;
};

/** For one group of requests, which a person waits for. */
const READ_DEADLINE_MS = 30_000;
/** Public servers limit requests by the second: so many are under way at a time. */
const GROUP_SIZE = 12;
/** A group of log requests of a reader covers this much at best (`read-logs.ts`). */
const SPAN_BLOCKS = 60_000n;

/**
 * Cash, shares and gas of one wallet by the events of its tokens. Receipts are read of those transactions that no
 * exchange made: they tell the gas that the wallet paid, and which market a payout was for.
 * @throws ConfigError when the address of the server cannot be used
 */
export function createPolygonWalletHistory(options: PolygonWalletHistoryDeps): WalletHistory {
  const rpc = createRpc(options);
  const reader = { ...options, rpc, readLogs: createLogReader(rpc) };
  return {
    async readHistory({ readFromMs, readUntilMs, fromMs, untilMs, deadlineAtMs }, tokens) {
      const deps: Deps = { ...reader, deadlineAtMs };
      const newest = await readFinalizedBlock(rpc, soon(deps));
      const blockBefore = (atMs: number) => findLastBlockBefore(rpc, newest, atMs, soon(deps));
      const first = await blockBefore(readFromMs);
      const last = await blockBefore(readUntilMs);
      const opening = await blockBefore(fromMs);
      const closing = await blockBefore(untilMs);
      const transfers = await readTransfers(deps, { from: first.number + 1n, to: last.number });
      const movements = await describe(deps, transfers);
      const known = knownTokens(tokens, transfers);
      return {
        movements,
        opening: await readBalances(deps, opening, known, newest),
        closing: await readBalances(deps, closing, known, newest),
      };
    },
  };
}

function soon({ clock, deadlineAtMs = Number.MAX_SAFE_INTEGER }: Deps): number {
  return Math.min(clock.nowMs() + READ_DEADLINE_MS, deadlineAtMs);
}

async function inTurn<Item, Value>(
  items: readonly Item[],
  read: (item: Item) => Promise<Value>,
): Promise<readonly Value[]> {
  const values: Value[] = [];
  for (const item of items) values.push(await read(item));
  return values;
}

async function inGroups<Item, Value>(
  items: readonly Item[],
  read: (group: readonly Item[]) => Promise<readonly Value[]>,
) {
  const groups = Array.from({ length: Math.ceil(items.length / GROUP_SIZE) }, (_, index) =>
    items.slice(index * GROUP_SIZE, (index + 1) * GROUP_SIZE),
  );
  return (await inTurn(groups, read)).flat();
}

async function readTransfers(deps: Deps, { from, to }: BlockRange): Promise<readonly Transfers[]> {
  const found: (readonly ChainLog[])[] = [];
  for (let next = from; next <= to; next += SPAN_BLOCKS) {
    const last = next + SPAN_BLOCKS - 1n;
    const range = { from: next, to: last < to ? last : to };
    for (const filter of transfersOf(deps.walletAddress)) {
      found.push(await deps.readLogs(filter, range, soon(deps)));
    }
  }
  return sumByTransaction(deps.walletAddress, found.flat());
}

async function describe(deps: Deps, transfers: readonly Transfers[]): Promise<readonly WalletMovement[]> {
  const times = await readTimes(deps, transfers);
  const others = transfers
    .filter(({ movedBy }) => movedBy !== 'exchange')
    .map(({ transactionHash }) => transactionHash);
  const receipts = await inGroups(others, (group) => Promise.all(group.map((hash) => readMined(deps, hash))));
  const receiptOf = new Map(receipts.map((receipt) => [receipt.transactionHash.toLowerCase(), receipt]));
  const inOrder = transfers.toSorted((a, b) => Number(a.blockNumber - b.blockNumber));
  return inOrder.map(({ blockNumber, shares, ...transfer }) => ({
    ...transfer,
    ...{
      atMs: times.get(blockNumber) ?? 0,
      shares: shares.map(({ tokenId, sharesMicros }) => ({ tokenId, sharesMicros })),
    },
    ...detailsOf(receiptOf.get(transfer.transactionHash.toLowerCase()), deps.walletAddress),
  }));
}

function detailsOf(receipt: Receipt | undefined, wallet: string): Pick<WalletMovement, 'payouts' | 'gasWei'> {
  if (receipt === undefined) return { payouts: [], gasWei: 0n };
  const payouts = [...paidByKind(receipt, wallet).redemption].map(([conditionId, cashMicros]) => ({
    conditionId,
    cashMicros,
  }));
  const gasWei = isSameHex(receipt.from, wallet) ? receipt.gasUsed * receipt.effectiveGasPrice : 0n;
  return { payouts, gasWei };
}

async function readMined(deps: Deps, hash: string): Promise<Receipt> {
  const receipt = await readReceipt(deps.rpc, hash, soon(deps));
  if (receipt !== null) return receipt;
  throw new UnexpectedReplyError('The chain shows a transfer and not its transaction', { transactionHash: hash });
}

async function readTimes(deps: Deps, transfers: readonly Transfers[]): Promise<ReadonlyMap<bigint, number>> {
  const numbers = [...new Set(transfers.map(({ blockNumber }) => blockNumber))];
  const blocks = await inGroups(numbers, (group) =>
    Promise.all(group.map((number) => readBlockAt(deps.rpc, number, soon(deps)))),
  );
  return new Map(blocks.map(({ number, atMs }) => [number, atMs]));
}

function knownTokens(tokens: readonly HistoryToken[], transfers: readonly Transfers[]): readonly HistoryToken[] {
  const all = [...tokens, ...transfers.flatMap(({ shares }) => shares)];
  return [...new Map(all.map(({ tokenId, version }) => [tokenId, { tokenId, version }])).values()];
}

async function readBalances(
  deps: Deps,
  block: Block,
  tokens: readonly HistoryToken[],
  newest: Block,
): Promise<BalanceReading> {
  const at = { blockNumber: block.number, blockAtMs: block.atMs };
  const { walletAddress, rpc } = deps;
  const calls: RpcCall[] = [
    callAt(readCollateral(walletAddress), block),
    { method: 'eth_getBalance', params: [walletAddress, toHex(block.number)] },
  ];
  const [cash, pol] = await rpc.send(calls, soon(deps));
  // The newest state is never pruned: there a refusal is a failure.
  if (block.number !== newest.number && isPruned(cash)) return { ...at, balances: null };
  const [cashMicros = 0n] = decodeWords(orMissing(cash), 1, 'the cash of the wallet');
  const polWei = AmountSchema.safeParse(pol?.ok ? pol.result : undefined);
  if (!polWei.success) throw new UnexpectedReplyError('The chain did not return the POL of the wallet');
  const shares = await inTurn(['v1', 'v2'] as const, (version) => readTokens(deps, block, tokens, version));
  const balances: WalletBalances = { cashMicros, polWei: polWei.data, shares: new Map(shares.flat()) };
  return { ...at, balances };
}

/** Each server words it differently: `missing trie node`, `state is pruned`, `BlockOutOfRangeError`, … */
function isPruned(outcome: RpcOutcome | undefined): boolean {
  return (
    outcome?.ok === false &&
    /trie|prun|state|archive|histor|out ?of ?range|not (?:found|available)|unavailable/i.test(outcome.message)
  );
}

async function readTokens(deps: Deps, block: Block, tokens: readonly HistoryToken[], version: MarketVersion) {
  const ids = tokens.filter((token) => token.version === version).map(({ tokenId }) => tokenId);
  return inGroups(ids, async (group) => {
    const call = callAt(readShares(PROTOCOLS[version].shares, deps.walletAddress, group), block);
    const [outcome] = await deps.rpc.send([call], soon(deps));
    const amounts = decodeShares(orMissing(outcome), group.length);
    return group.map((tokenId, index) => [tokenId, amounts[index] ?? 0n] as const);
  });
}
