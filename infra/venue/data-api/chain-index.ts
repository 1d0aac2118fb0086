import { decodeEventLog, type Hex, isHex, parseAbi, toEventSelector } from 'viem';
import * as z from 'zod';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import {
  AUTO_REDEEMER,
  BACKING,
  BINARY_MODULE,
  COLLATERAL,
  CONDITIONAL_TOKENS,
  POSITION_MANAGER,
  REDEEM_ADAPTER,
} from '../chain/chain-addresses.ts';
import { collectionIdOf, INDEX_SETS, positionIdOf } from '../chain/market-identity.ts';

export type ShareTransfer = {
  readonly atMs: number;
  readonly transactionHash: string;
  readonly tokenId: string;
  readonly from: string;
  readonly to: string;
  readonly sharesMicros: bigint;
};
export type CashTransfer = Omit<ShareTransfer, 'tokenId' | 'sharesMicros'> & { readonly cashMicros: bigint };
/** `whole` is what the payouts of both outcomes add up to. */
export type ConditionResult = {
  readonly atMs: number;
  readonly block: bigint;
  readonly transactionHash: string;
  readonly payouts: readonly bigint[];
};

/** Everything on the chain that the index reads. Addresses are in lower case, conditions have 32 bytes. */
export type ChainFacts = {
  readonly shares: readonly ShareTransfer[];
  readonly cash: readonly CashTransfer[];
  readonly results: ReadonlyMap<string, ConditionResult>;
  /** Transactions with a merge or a split. */
  readonly merges: ReadonlySet<string>;
  readonly splits: ReadonlySet<string>;
  /** Tokens of each prepared condition of version 1, in the order of its outcomes. */
  readonly tokensOf: ReadonlyMap<string, readonly string[]>;
};

const EVENTS = parseAbi([
  'event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)',
  'event TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event ConditionPreparation(bytes32 indexed conditionId, address indexed oracle, bytes32 indexed questionId, uint256 slots)',
  'event ConditionResolution(bytes32 indexed conditionId, address indexed oracle, bytes32 indexed questionId, uint256 slots, uint256[] payouts)',
  'event ConditionResolved(bytes31 indexed conditionId, uint256[] result)',
]);
const MERGES = new Set([
  toEventSelector('PositionsMerge(address,address,bytes32,bytes32,uint256[],uint256)'),
  toEventSelector('PositionsMerged(address,bytes31,address,uint256)'),
]);
const SPLITS = new Set([
  toEventSelector('PositionSplit(address,address,bytes32,bytes32,uint256[],uint256)'),
  toEventSelector('PositionsSplit(address,bytes31,address,address,uint256)'),
]);
const READ = new Set<Hex>(EVENTS.map((event) => toEventSelector(event)));
const DEADLINE_MS = 20_000;

/** Contracts that take shares from a wallet in order to redeem or merge them. */
export const TAKERS: ReadonlySet<string> = new Set(
  [REDEEM_ADAPTER, AUTO_REDEEMER, BINARY_MODULE].map((address) => address.toLowerCase()),
);

const HexSchema = z.custom<Hex>(isHex);
const NumberSchema = HexSchema.transform((hex) => Number(hex));
const LogSchema = z.object({
  topics: z.tuple([HexSchema], HexSchema),
  data: HexSchema,
  transactionHash: HexSchema,
  blockNumber: HexSchema.transform(BigInt),
  blockTimestamp: NumberSchema,
});
type Log = z.output<typeof LogSchema>;
type Tokens = Map<string, readonly string[]>;

/** Reads the whole chain: it is short, and blocks may have been replaced since the last time. */
export function createChainIndex(rpcUrl: string) {
  const rpc = createRpc({ rpcUrl, clock: { nowMs: Date.now } });
  const tokensOf: Tokens = new Map();
  return async (): Promise<ChainFacts> => {
    const address = [CONDITIONAL_TOKENS, POSITION_MANAGER, BINARY_MODULE, COLLATERAL];
    const filter = { address, fromBlock: '0x0', toBlock: 'latest' };
    const answer = await rpc.sendOne({ method: 'eth_getLogs', params: [filter] }, Date.now() + DEADLINE_MS);
    const logs = z.array(LogSchema).parse(answer);
    const having = (topics: ReadonlySet<Hex>) =>
      new Set(logs.filter((log) => topics.has(log.topics[0])).map((log) => log.transactionHash));
    const facts = { shares: [], cash: [], results: new Map(), tokensOf };
    for (const log of logs) if (READ.has(log.topics[0])) addLog(facts, log);
    return { ...facts, merges: having(MERGES), splits: having(SPLITS) };
  };
}

type Collected = {
  readonly shares: ShareTransfer[];
  readonly cash: CashTransfer[];
  readonly results: Map<string, ConditionResult>;
  readonly tokensOf: Tokens;
};

function addLog({ shares, cash, results, tokensOf }: Collected, log: Log): void {
  const { topics, data, transactionHash, blockNumber: block } = log;
  const event = decodeEventLog({ abi: EVENTS, topics, data });
  const base = { atMs: log.blockTimestamp * 1_000, transactionHash };
  switch (event.eventName) {
    case 'TransferSingle':
    case 'TransferBatch': {
      const { from, to } = event.args;
      const ids = 'ids' in event.args ? event.args.ids : [event.args.id];
      const values = 'values' in event.args ? event.args.values : [event.args.value];
      for (const [index, id] of ids.entries()) {
        const move = { from: from.toLowerCase(), to: to.toLowerCase(), sharesMicros: values[index] ?? 0n };
        shares.push({ ...base, tokenId: id.toString(), ...move });
      }
      return;
    }
    case 'Transfer': {
      const { from, to, value } = event.args;
      cash.push({ ...base, from: from.toLowerCase(), to: to.toLowerCase(), cashMicros: value });
      return;
    }
    case 'ConditionPreparation': {
      const { conditionId } = event.args;
      if (!tokensOf.has(conditionId)) tokensOf.set(conditionId, computeTokens(conditionId));
      return;
    }
    case 'ConditionResolution':
      results.set(event.args.conditionId, { ...base, block, payouts: event.args.payouts });
      return;
    case 'ConditionResolved':
      results.set(event.args.conditionId.padEnd(66, '0'), { ...base, block, payouts: event.args.result });
      return;
  }
}

function computeTokens(conditionId: Hex): readonly string[] {
  return Object.values(INDEX_SETS).map((set) => positionIdOf(BACKING, collectionIdOf(conditionId, set)).toString());
}
