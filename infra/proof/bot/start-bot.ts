import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ApiKeyCreds } from '@polymarket/clob-client-v2';
import * as z from 'zod';
import type { SignatureType } from '#infra/shared/local-venue.ts';
import { parseApiCredentials } from '#lib/adapters/polymarket/api-credentials.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import type { MarketVersion } from '#lib/domain/market/market.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { createVaultClients } from '#lib/runtime/vault-clients.ts';

/** Whose money the bot trades with, and where. */
export type BotAccount = {
  /** Without a trailing slash. */
  readonly host: string;
  readonly privateKey: `0x${string}`;
  readonly creds: ApiKeyCreds;
  readonly signatureType: SignatureType;
  readonly wallet: string;
};

export type BotOrder = {
  readonly side: 'BUY' | 'SELL';
  readonly tokenId: string;
  readonly version: MarketVersion;
  /** Dollars to spend with a buy, shares to sell; of a resting order the shares. */
  readonly amount: number;
  /** The worst that it takes. */
  readonly price: number;
  /** Waits in the book. Default: filled at once as far as possible, the rest is killed. */
  readonly rests?: boolean;
};

/** The venue's answer as its client returns it, or the client's error. */
export type BotAnswer = { readonly reply: unknown } | { readonly error: string };

export type Bot = {
  readonly pid: number;
  place(order: BotOrder): Promise<BotAnswer>;
  /** Ends it in the middle of whatever it does (SIGKILL). Safe to repeat. */
  kill(): Promise<void>;
};

const FillSchema = z.object({ makingAmount: z.coerce.number(), takingAmount: z.coerce.number() });
const AnswerSchema = z.object({ id: z.number(), reply: z.unknown().optional(), error: z.string().optional() });

/** Starts the bot as a process of its own. It ends with this process, too. */
export function startBot(account: BotAccount): Bot {
  const program = fileURLToPath(new URL('run-bot.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
  const waiting = new Map<number, (answer: BotAnswer) => void>();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('error', () => undefined);
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, reply, error } = AnswerSchema.parse(JSON.parse(line));
    waiting.get(id)?.(error === undefined ? { reply } : { error });
    waiting.delete(id);
  });
  void ended.then(() => {
    for (const answer of waiting.values()) answer({ error: 'The bot is gone' });
  });
  child.stdin.write(`${JSON.stringify(account)}\n`);
  let count = 0;
  return {
    pid: child.pid ?? 0,
    place: (order) =>
      new Promise((resolve) => {
        count += 1;
        waiting.set(count, resolve);
        child.stdin.write(`${JSON.stringify({ id: count, ...order })}\n`);
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * Shares and dollars of a filled order, in micros.
 * @throws UpstreamUnavailableError naming the venue's or the client's words
 */
export function fillOf(order: Pick<BotOrder, 'side'>, answer: BotAnswer) {
  if ('error' in answer) throw new UpstreamUnavailableError(`The bot's order was not taken: ${answer.error}`);
  const { makingAmount, takingAmount } = FillSchema.parse(answer.reply);
  const [gave, got] = [toMicros(makingAmount), toMicros(takingAmount)];
  return order.side === 'BUY' ? { sharesMicros: got, valueMicros: gave } : { sharesMicros: gave, valueMicros: got };
}

const toMicros = (amount: number): bigint => BigInt(Math.round(amount * 1_000_000));

/** The account that the functions of a stack trade with: the bot's owner has key and credentials, as the suite has. */
export async function accountOfStack(env: Readonly<Record<string, string>>): Promise<BotAccount> {
  const { secretsManager, destroy } = createVaultClients(env);
  const vault = createSecretsManagerVault({ client: secretsManager });
  try {
    const key = await vault.getSecret(env.LIVE_KEY_SECRET ?? '');
    const creds = parseApiCredentials(await vault.getSecret(env.LIVE_CREDENTIALS_SECRET ?? ''));
    return {
      host: (env.CLOB_HOST ?? '').replace(/\/$/, ''),
      privateKey: KeySchema.parse(key),
      creds,
      signatureType: TypeSchema.parse(Number(env.LIVE_SIGNATURE_TYPE)),
      wallet: env.LIVE_WALLET_ADDRESS ?? '',
    };
  } finally {
    destroy();
  }
}

const KeySchema = z.templateLiteral(['0x', z.string()]);
const TypeSchema = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);
