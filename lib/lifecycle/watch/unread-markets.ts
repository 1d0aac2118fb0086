/** Since when each of them cannot be read, by name. Kept between the runs of a process. */
export type UnreadSince = Map<string, number>;

/** Longer than the half hour after which the alarm is raised: by then its owner has been told. */
const PAGED_MS = 45 * 60_000;

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
export function noteUnread(since: UnreadSince, names: readonly string[], nowMs: number): UnreadMarkets {
  for (const name of since.keys()) if (!names.includes(name)) since.delete(name);
  const newNames = [...new Set(names)].filter((name) => !since.has(name));
  for (const name of newNames) since.set(name, nowMs);
  return { newNames, pagedCount: [...since.values()].filter((sinceMs) => nowMs < sinceMs + PAGED_MS).length };
}
