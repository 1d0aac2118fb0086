import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { RedemptionIntent } from '#lib/ports/wallet/settlement.ts';
import { toJson } from '#lib/words/to-json.ts';

/** An action of the owner that may be under way, as it was written down before it was sent. No signature, no key. */
export type JournalEntry = {
  /** For people: `Withdraw $25.00 to 0x…`. */
  readonly what: string;
  readonly startedAtMs: number;
  readonly intent: RedemptionIntent;
  /** Hash or relayer's id of an accepted one; null before the answer, and when it was lost. */
  readonly reference: string | null;
};

/**
 * One file for each wallet, because a wallet has one action under way. After a kill the next command finds in it what
 * was sent, before it signs anything else.
 */
export type ActionJournal = {
  /** @throws ConfigError when the file cannot be read */
  find(): JournalEntry | undefined;
  save(entry: JournalEntry): void;
  clear(): void;
};

const BigSchema = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform((text) => BigInt(text));
const EntrySchema = z.object({
  what: z.string(),
  startedAtMs: z.int(),
  reference: z.string().nullable(),
  intent: z.object({
    route: z.enum(['transaction', 'relayer']),
    nonce: BigSchema,
    deadlineAtMs: z.int().nullable(),
    calls: z.array(z.object({ target: z.string(), data: z.string() })).min(1),
    conditionIds: z.array(z.string()),
    preparedAtBlock: BigSchema,
  }),
});

export function createActionJournal(folder: string, walletAddress: string): ActionJournal {
  const file = join(folder, `${walletAddress.toLowerCase()}.json`);
  return {
    find: () => {
      const text = readText(file);
      if (text === undefined) return undefined;
      const entry = EntrySchema.safeParse(jsonOrUndefined(text));
      if (entry.success) return entry.data;
      throw new ConfigError(
        `The note of the last action cannot be read: ${file}. See on polygonscan.com what the wallet did last, then delete it`,
      );
    },
    save: (entry) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // As a whole or not at all.
      writeFileSync(`${file}.new`, `${toJson(entry)}\n`, { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    },
    clear: () => rmSync(file, { force: true }),
  };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigError(`The note of the last action cannot be read: ${file}`);
  }
}
