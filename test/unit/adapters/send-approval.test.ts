import { keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import type { Rpc, RpcCall, RpcOutcome } from '#lib/adapters/polygon/json-rpc.ts';
import { NEEDED_APPROVALS } from '#lib/adapters/polygon/needed-approvals.ts';
import { sendApproval } from '#lib/adapters/polygon/send-approval.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { TEST_KEY } from '#test/fixtures/live-account.ts';

const APPROVAL = NEEDED_APPROVALS[0]!;
const START_MS = 1_800_000_000_000;
const DEADLINE_MS = START_MS + 8_000;

type Node = {
  readonly chainId?: string;
  readonly baseFee?: string;
  readonly isGranted?: boolean;
  /** What sending the transaction answers. */
  readonly send?: () => unknown;
  /** Receipts, one per look; the last one stays. */
  readonly receipts?: readonly unknown[];
};

function aNode({
  chainId = '0x89',
  baseFee = '0x6fc23ac00',
  isGranted = false,
  send,
  receipts = [{ status: '0x1' }],
}: Node) {
  const sent: string[] = [];
  let lookCount = 0;
  const resultOf = ({ method }: RpcCall): unknown => {
    if (method === 'eth_call') return `0x${(isGranted ? '1' : '0').padStart(64, '0')}`;
    if (method === 'eth_chainId') return chainId;
    if (method === 'eth_getTransactionCount') return '0x0';
    if (method === 'eth_maxPriorityFeePerGas') return '0x1';
    if (method === 'eth_getBlockByNumber') return { baseFeePerGas: baseFee };
    lookCount += 1;
    return receipts[Math.min(lookCount, receipts.length) - 1];
  };
  const rpc: Rpc = {
    send: async (calls) => calls.map((call): RpcOutcome => ({ ok: true, result: resultOf(call) })),
    sendOne: async ({ params }) => {
      sent.push(String(params[0]));
      return send?.();
    },
  };
  const clock = createFakeClock(START_MS);
  const account = createKeySigningAccount(TEST_KEY);
  return { sent, clock, approve: () => clock.run(sendApproval({ clock, rpc, account }, APPROVAL, DEADLINE_MS)) };
}

const refuse = (reason: string) => () => {
  throw new UnexpectedReplyError('The chain refused eth_sendRawTransaction', { code: -32000, reason });
};

describe('an approval', () => {
  it('is waited for until it is mined, and named by its own hash', async () => {
    const node = aNode({ receipts: [null, null, { status: '0x1' }] });
    const hash = await node.approve();
    expect(hash).toBe(keccak256(node.sent[0] as `0x${string}`));
    expect(node.clock.nowMs()).toBe(START_MS + 1_000);
  });

  it('is not sent where it is given', async () => {
    const node = aNode({ isGranted: true });
    expect(await node.approve()).toBeNull();
    expect(node.sent).toEqual([]);
  });

  it.each([
    ['the answer is lost', () => Promise.reject(new UpstreamUnavailableError('late'))],
    ['the node knows the transaction already', refuse('already known')],
  ])('is waited for all the same when %s', async (_name, send) => {
    expect(await aNode({ send }).approve()).toMatch(/^0x/);
  });

  it('is given up at the deadline, unmined', async () => {
    const node = aNode({ receipts: [null] });
    await expect(node.approve()).rejects.toBeInstanceOf(UpstreamUnavailableError);
    expect(node.clock.nowMs()).toBeLessThan(DEADLINE_MS);
  });

  it.each<[string, Node, RegExp]>([
    ['without gas', { send: refuse('Insufficient funds for gas * price + value') }, /no POL/],
    ['with any other refusal', { send: refuse('nonce too low') }, /refused eth_sendRawTransaction/],
    ['reverted', { receipts: [{ status: '0x0' }] }, /was reverted/],
    ['with a receipt in another form', { receipts: [{}] }, /not as documented/],
  ])('fails %s', async (_name, node, message) => {
    const error = await aNode(node)
      .approve()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedReplyError);
    expect((error as Error).message).toMatch(message);
  });

  it.each<[string, Node]>([
    ['on another chain', { chainId: '0x1' }],
    ['for an absurd fee', { baseFee: '0x9184e72a0000' }],
    ['without knowing the fee', { baseFee: 'much' }],
  ])('is not signed %s', async (_name, options) => {
    const node = aNode(options);
    await expect(node.approve()).rejects.toBeInstanceOf(UnexpectedReplyError);
    expect(node.sent).toEqual([]);
  });
});
