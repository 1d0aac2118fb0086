/**
 * A trading bot: a process of its own that knows the venue's package and nothing of the suite. It takes its
 * account and then its orders as lines of JSON, and answers each with a line. What it holds, it knows in memory only.
 */
import { createInterface } from 'node:readline';
import { Chain, ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { createWalletClient, custom } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { BotAccount, BotAnswer, BotOrder } from './start-bot.ts';

/** A market's tick and kind, as the local venues list them. */
const OPTIONS = { tickSize: '0.01', negRisk: false } as const;
/** By itself the client signs for v1, as `GET /version` says; its builder signs for both. */
const ORDER_VERSIONS = { v1: 2, v2: 3 } as const;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const first = await lines.next();
const account: BotAccount = JSON.parse(first.value ?? '');
const client = createClient(account);

for await (const line of { [Symbol.asyncIterator]: () => lines }) {
  // Not awaited: a bot has several orders under way.
  void answer(JSON.parse(line));
}
// The process that gave the orders is gone.
process.exit(0);

function createClient({ host, privateKey, creds, signatureType, wallet }: BotAccount): ClobClient {
  const request = async (): Promise<never> => Promise.reject(new Error('There is no chain behind this signer'));
  const signer = createWalletClient({ account: privateKeyToAccount(privateKey), transport: custom({ request }) });
  const own = { creds, signatureType, funderAddress: wallet };
  return new ClobClient({ host, chain: Chain.POLYGON, signer, useServerTime: true, throwOnError: true, ...own });
}

async function answer({ id, ...order }: BotOrder & { readonly id: number }): Promise<void> {
  write({ id, ...(await place(order).catch((error: unknown) => ({ error: String(error) }))) });
}

async function place({ side, tokenId, version, amount, price, rests = false }: BotOrder) {
  const shared = { tokenID: tokenId, side: side === 'BUY' ? Side.BUY : Side.SELL, price };
  if (rests) {
    const signed = await client.orderBuilder.buildOrder({ ...shared, size: amount }, OPTIONS, ORDER_VERSIONS[version]);
    return { reply: await client.postOrder(signed, OrderType.GTC) };
  }
  const signed = await client.orderBuilder.buildMarketOrder({ ...shared, amount }, OPTIONS, ORDER_VERSIONS[version]);
  return { reply: await client.postOrder(signed, OrderType.FAK) };
}

function write(given: BotAnswer & { readonly id: number }): void {
  process.stdout.write(`${JSON.stringify(given)}\n`);
}
