import { decodeAbiParameters, type Hex, isHex } from 'viem';
import * as z from 'zod';
import type { Rpc, RpcCall } from '#lib/adapters/polygon/json-rpc.ts';
import { InvariantError, RejectedByUpstreamError, UnexpectedReplyError } from '#lib/errors/errors.ts';

/** Access to the chain without keys: the node accepts any sender. */
export type ChainAccess = {
  /** Sends the call as `from`. Resolves when it is mined. @throws RejectedByUpstreamError with the contract's reason */
  transact(from: string, to: string, data: Hex): Promise<Hex>;
  /** @throws RejectedByUpstreamError with the contract's reason */
  call(to: string, data: Hex): Promise<Hex>;
  /** `0x` for an address without a contract. */
  codeOf(address: string): Promise<Hex>;
  /** Calls of the node's own, such as `anvil_setCode`, in one batch. */
  command(calls: readonly RpcCall[]): Promise<void>;
};

/** The node is a child process on loopback: without an answer by then, it is gone. */
const DEADLINE_MS = 20_000;
/** 3,000,000: more than any of our calls needs. An estimate would cost as much as the transaction. */
const GAS = '0x2dc6c0';

const ReceiptSchema = z.object({ status: z.string(), transactionHash: z.custom<Hex>(isHex) });
const HexSchema = z.custom<Hex>(isHex);

export function createChainAccess(rpc: Rpc, nowMs: () => number): ChainAccess {
  // One after the other: two transactions that one sender sends at the same time would get the same nonce.
  let tail: Promise<unknown> = Promise.resolve();
  const deadlineAtMs = (): number => nowMs() + DEADLINE_MS;
  const call: ChainAccess['call'] = async (to, data) => {
    const params = [{ to, data }, 'latest'];
    const [outcome] = await rpc.send([{ method: 'eth_call', params }], deadlineAtMs());
    if (outcome?.ok === true) return parse(HexSchema, outcome.result);
    throw refused(outcome?.message);
  };
  const send = async (from: string, to: string, data: Hex): Promise<Hex> => {
    const transaction = { from, to, data, gas: GAS };
    const [outcome] = await rpc.send([{ method: 'eth_sendTransactionSync', params: [transaction] }], deadlineAtMs());
    if (outcome?.ok !== true) throw refused(outcome?.message);
    const { status, transactionHash } = parse(ReceiptSchema, outcome.result);
    if (status === '0x1') return transactionHash;
    // A receipt gives no reason. The same call, repeated, does.
    const [again] = await rpc.send([{ method: 'eth_call', params: [transaction, 'latest'] }], deadlineAtMs());
    throw refused(again?.ok === false ? again.message : undefined);
  };
  return {
    call,
    codeOf: async (address) => {
      const code = { method: 'eth_getCode', params: [address, 'latest'] };
      return parse(HexSchema, await rpc.sendOne(code, deadlineAtMs()));
    },
    transact: (from, to, data) => {
      const sent = tail.then(() => send(from, to, data));
      tail = sent.catch(() => undefined);
      return sent;
    },
    command: async (calls) => {
      for (const outcome of await rpc.send(calls, deadlineAtMs())) {
        if (!outcome.ok) throw refused(outcome.message);
      }
    },
  };
}

export function decodeUint(answer: Hex): bigint {
  return answer === '0x' ? 0n : decodeAbiParameters([{ type: 'uint256' }], answer)[0];
}

/** @throws InvariantError */
export function asHex(text: string): Hex {
  if (isHex(text)) return text;
  throw new InvariantError('An address, id or signature has to be 0x and hexadecimal digits');
}

function refused(reason = 'no reason given'): RejectedByUpstreamError {
  return new RejectedByUpstreamError(`The local chain refuses the transaction: ${reason}`, { reason });
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UnexpectedReplyError("The chain's node sent an answer of unknown form");
}
