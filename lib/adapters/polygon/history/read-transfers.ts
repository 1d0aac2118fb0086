import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import type { HistoryToken } from '#lib/ports/wallet/wallet-history.ts';
import { AUTO_REDEEMER_ADDRESS, COLLATERAL_ADDRESS, PROTOCOLS, ZERO_ADDRESS } from '../polygon-contracts.ts';
import { SHARE_TRANSFERS, SHARES_SENT_TOGETHER } from '../settlement/find-sent.ts';
import { TRANSFER } from '../settlement/paid-conditions.ts';
import type { ChainLog, LogFilter } from '../settlement/read-logs.ts';
import { addressIn, type ReceiptEvent, toTopic, wordOf } from '../settlement/receipts.ts';

const LEDGERS = Object.entries(PROTOCOLS);
const EXCHANGES = LEDGERS.flatMap(([, { exchange, negRiskExchange }]) => [exchange, negRiskExchange]);
const REDEEMERS = [
  ...LEDGERS.flatMap(([, { redeemer, negRiskRedeemer }]) => [redeemer, negRiskRedeemer]),
  AUTO_REDEEMER_ADDRESS,
];

/** Every event in which the wallet sends or receives cash or shares. */
export function transfersOf(wallet: string): readonly LogFilter[] {
  const topic = toTopic(wallet);
  const ledgers = LEDGERS.map(([, { shares }]) => shares);
  return [
    { address: COLLATERAL_ADDRESS, topics: [TRANSFER, topic] },
    { address: COLLATERAL_ADDRESS, topics: [TRANSFER, null, topic] },
    { address: ledgers, topics: [SHARE_TRANSFERS, null, topic] },
    { address: ledgers, topics: [SHARE_TRANSFERS, null, null, topic] },
  ];
}

export type Transfers = Pick<WalletMovement, 'transactionHash' | 'cashMicros' | 'movedBy'> & {
  readonly blockNumber: bigint;
  readonly shares: readonly (HistoryToken & { readonly sharesMicros: bigint })[];
};

/**
 * What each transaction moved, net, by the events that the filters found. A transfer from the wallet to itself is found
 * by two of them.
 */
export function sumByTransaction(wallet: string, found: readonly ChainLog[]): readonly Transfers[] {
  const logs = new Map(found.map((log) => [`${log.transactionHash} ${log.logIndex}`, log]));
  const byTransaction = Map.groupBy(logs.values(), ({ transactionHash }) => transactionHash.toLowerCase());
  return [...byTransaction.values()].map((ofOne) => sumTransfers(wallet, ofOne));
}

function sumTransfers(wallet: string, logs: readonly ChainLog[]): Transfers {
  const [{ transactionHash, blockNumber } = NO_LOG] = logs;
  const isOwn = (topic: string | undefined): boolean => isSameHex(addressIn(topic), wallet);
  let cashMicros = 0n;
  const parties: string[] = [];
  for (const log of logs) {
    if (isSameHex(log.address, COLLATERAL_ADDRESS)) {
      const [, from, to] = log.topics;
      cashMicros += (isOwn(to) ? wordOf(log, 0) : 0n) - (isOwn(from) ? wordOf(log, 0) : 0n);
      continue;
    }
    const [, operator, from, to] = log.topics;
    parties.push(addressIn(operator), isOwn(to) ? addressIn(from) : addressIn(to));
  }
  const moved = [...sumShares(wallet, logs).values()].filter(({ sharesMicros }) => sharesMicros !== 0n);
  return { transactionHash, blockNumber, cashMicros, shares: moved, movedBy: moverOf(parties) };
}

/** Shares that these events moved into the wallet, net, by token; negative out of it. */
export function sumShares(
  wallet: string,
  logs: readonly ReceiptEvent[],
): ReadonlyMap<string, Transfers['shares'][number]> {
  const isOwn = (topic: string | undefined): boolean => isSameHex(addressIn(topic), wallet);
  const shares = new Map<string, Transfers['shares'][number]>();
  for (const log of logs) {
    const [topic, , from, to] = log.topics;
    if (!SHARE_TRANSFERS.some((each) => isSameHex(each, topic ?? ''))) continue;
    const sign = (isOwn(to) ? 1n : 0n) - (isOwn(from) ? 1n : 0n);
    for (const { tokenId, sharesMicros } of readShares(log)) {
      const known = shares.get(tokenId)?.sharesMicros ?? 0n;
      shares.set(tokenId, { tokenId, version: versionOf(log), sharesMicros: known + sign * sharesMicros });
    }
  }
  return shares;
}

const NO_LOG = { transactionHash: '', blockNumber: 0n };

function moverOf(parties: readonly string[]): WalletMovement['movedBy'] {
  const isOneOf = (addresses: readonly string[]) =>
    parties.some((party) => addresses.some((address) => isSameHex(party, address)));
  if (isOneOf(EXCHANGES)) return 'exchange';
  return isOneOf([...REDEEMERS, ZERO_ADDRESS]) ? 'redeemer' : 'other';
}

function versionOf({ address }: ReceiptEvent): HistoryToken['version'] {
  return isSameHex(address, PROTOCOLS.v2.shares) ? 'v2' : 'v1';
}

/** One id and its amount, or a list of ids (its place, its length, its items) and one of amounts. */
function readShares(log: ReceiptEvent): readonly { readonly tokenId: string; readonly sharesMicros: bigint }[] {
  if (!isSameHex(log.topics[0] ?? '', SHARES_SENT_TOGETHER)) {
    return [{ tokenId: wordOf(log, 0).toString(), sharesMicros: wordOf(log, 1) }];
  }
  const listAt = (index: number): readonly bigint[] => {
    const start = Number(wordOf(log, index)) / 32;
    return Array.from({ length: Number(wordOf(log, start)) }, (_, item) => wordOf(log, start + 1 + item));
  };
  const amounts = listAt(1);
  return listAt(0).map((id, item) => ({ tokenId: id.toString(), sharesMicros: amounts[item] ?? 0n }));
}
