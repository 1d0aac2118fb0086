import type { ToldMarket } from '#lib/domain/news/foreign-holding.ts';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { ToldHoldings } from '#lib/ports/store/told-holdings.ts';

/** Since when each of them cannot be read, by name. Kept between the runs of a process. */
export type UnreadSince = Map<string, number>;

export type UnreadDeps = {
  readonly since: UnreadSince;
  /** Outlives the process, of which there is a new one every few hours. */
  readonly told: ToldHoldings;
  readonly walletAddress: string;
};

/** Longer than the half hour after which the alarm is raised: by then its owner has been told. */
const PAGED_MS = 45 * 60_000;
/** What still cannot be read is told again. Judgement: once a week. */
const TOLD_AGAIN_AFTER_MS = 7 * 86_400_000;

export type UnreadMarkets = {
  /** Said by name for the first time. */
  readonly newNames: readonly string[];
  /** How many still count for the alarm. */
  readonly pagedCount: number;
};

/**
 * What cannot be read is named once and pages once: a row of the index, or a market, that can never be read must not
 * hold the alarm on, which would then hide that index or node do not answer.
 */
export async function noteUnread(deps: UnreadDeps, names: readonly string[], nowMs: number): Promise<UnreadMarkets> {
  const { since } = deps;
  const gone = [...since].filter(([name, sinceMs]) => !names.includes(name) || nowMs >= sinceMs + TOLD_AGAIN_AFTER_MS);
  for (const [name] of gone) since.delete(name);
  await saveAll(
    deps,
    gone.map(([name, atMs]) => ({ name, atMs, isResolved: true })),
  );
  const unknown = [...new Set(names)].filter((name) => !since.has(name));
  const earlier = await Promise.all(
    unknown.map((name, index) => (index < KEPT_COUNT_MAX ? findSinceMs(deps, name, nowMs) : null)),
  );
  for (const [index, name] of unknown.entries()) since.set(name, earlier[index] ?? nowMs);
  const newNames = unknown.filter((_, index) => earlier[index] === null);
  await saveAll(
    deps,
    newNames.map((name) => ({ name, atMs: nowMs, isResolved: false })),
  );
  return { newNames, pagedCount: [...since.values()].filter((sinceMs) => nowMs < sinceMs + PAGED_MS).length };
}

/** `isResolved`: it could be read again. */
type Note = Pick<ToldMarket, 'atMs' | 'isResolved'> & { readonly name: string };

/** Of an index that changed the form of all its rows the first ones say enough. */
const KEPT_COUNT_MAX = 20;

const keyOf = (name: string): string => `unread#${name}`;

/** Without the table it pages once too often. */
async function findSinceMs({ told, walletAddress }: UnreadDeps, name: string, nowMs: number): Promise<number | null> {
  const note = await told.find(walletAddress, keyOf(name)).catch(nullIfDown);
  if (note === null || note.isResolved || nowMs >= note.atMs + TOLD_AGAIN_AFTER_MS) return null;
  return note.atMs;
}

async function saveAll({ told, walletAddress }: UnreadDeps, notes: readonly Note[]): Promise<void> {
  const kept = notes.slice(0, KEPT_COUNT_MAX);
  await Promise.all(
    kept.map(({ name, ...note }) =>
      told.save(walletAddress, keyOf(name), { shares: new Map(), by: 'unread', ...note }).catch(nullIfDown),
    ),
  );
}

function nullIfDown(error: unknown): null {
  if (error instanceof StoreUnavailableError) return null;
  throw error;
}
