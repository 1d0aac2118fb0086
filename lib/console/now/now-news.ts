import type { Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { replayTimeline } from '#lib/lifecycle/read/replay-timeline.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { describeStep, followsOf } from '#lib/words/describe-step.ts';
import { titleOf } from '#lib/words/position-facts.ts';
import type { NewsItem } from './now-message.ts';

/** News that the page keeps. */
const NEWS_COUNT_MAX = 100;

/** Attempts are news, although a timeline shows them as details. */
const TOLD: ReadonlySet<string> = new Set(['buy-intended', 'sell-intended']);

/** What happened to a position after a version of its row, and not before a time. */
export function newsOf(
  position: Position,
  timeline: readonly TimelineEntry[],
  after: { readonly version: number; readonly sinceMs: number },
): readonly NewsItem[] {
  const what = titleOf(describePosition(position));
  return replayTimeline(position, timeline).flatMap((step) => {
    const { version, event } = step.entry;
    if (version <= after.version || event.atMs < after.sinceMs) return [];
    const description = describeStep(step);
    if (description.tone === 'quiet' && !TOLD.has(event.type)) return [];
    return {
      ...{ id: `${position.positionId}#${version}`, atMs: event.atMs },
      ...{ positionId: position.positionId, mode: position.mode, what },
      ...{ tone: description.tone, text: description.text, follows: followsOf(description) ?? null },
    };
  });
}

/** Newest first, each once. */
export function addNews(news: readonly NewsItem[], more: readonly NewsItem[]): readonly NewsItem[] {
  if (more.length === 0) return news;
  const known = new Set(news.map(({ id }) => id));
  return [...news, ...more.filter(({ id }) => !known.has(id))]
    .sort((one, other) => other.atMs - one.atMs)
    .slice(0, NEWS_COUNT_MAX);
}
