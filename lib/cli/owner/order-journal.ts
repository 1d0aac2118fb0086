import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import { ConfigError } from '#lib/errors/errors.ts';

const NoteSchema = z.object({
  slug: z.string(),
  outcome: z.enum(OUTCOMES),
  orderHash: z.string(),
  shares: z.string(),
  postedAtMs: z.int(),
});

/** A sell that may be at the venue, as it was written down before it was posted. */
export type OrderNote = z.output<typeof NoteSchema>;

/** One file for each wallet: one order is under way at a time. */
export type OrderJournal = {
  find(): OrderNote | undefined;
  save(note: OrderNote): void;
  clear(): void;
};

export function createOrderJournal(folder: string, walletAddress: string): OrderJournal {
  const file = join(folder, `${walletAddress.toLowerCase()}.order.json`);
  return {
    find: () => {
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw unreadable(file);
      }
      try {
        return NoteSchema.parse(JSON.parse(text));
      } catch {
        throw unreadable(file);
      }
    },
    save: (note) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // As a whole or not at all.
      writeFileSync(`${file}.new`, `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    },
    clear: () => rmSync(file, { force: true }),
  };
}

function unreadable(file: string): ConfigError {
  return new ConfigError(
    `The note of the last order cannot be read: ${file}. See on the website what became of the order, then delete it`,
  );
}
