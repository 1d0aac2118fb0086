import type { Clock } from '#lib/ports/clock.ts';
import { type NowState, show } from './now-changes.ts';
import type { LinkSection, NewsItem } from './now-message.ts';
import { addNews } from './now-news.ts';
import { type Connection, createSuiteReader, type SuiteReader, type SuiteReading } from './read-suite.ts';
import { whyUnread } from './why-unread.ts';

export type NowFeedDeps<Found extends Connection> = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Waits, or less when the signal is aborted. Never throws. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Finds the suite anew: a local stack that was started again has other ports. @throws when there is none */
  readonly connect: () => Promise<Found>;
  /** For people: why `connect` found none. */
  readonly explain?: (error: unknown) => string;
};

export type NowFeed<Found extends Connection = Connection> = {
  /** The suite as it was found last. */
  current(): Found;
  /** Calls the listener with every state, the present one first. The suite is read while there is a listener. */
  subscribe(listener: (state: NowState) => void): () => void;
  /** Reads again at once, as after an action. */
  refresh(): void;
  stop(): Promise<void>;
};

/** How often the table is read, however many pages are open. */
export const POLL_MS = 2_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 10_000] as const;
const RETRY_MS_MAX = 10_000;

/** Reads one suite for any number of pages, and finds it again after it was away. */
export function createNowFeed<Found extends Connection>(
  { clock, sleep, connect, explain = whyUnread }: NowFeedDeps<Found>,
  first: Found,
): NowFeed<Found> {
  let connection = first;
  const listeners = new Set<(state: NowState) => void>();
  let reader: SuiteReader = createSuiteReader(first, () => onChange());
  /** What is shown while the suite is away. */
  let reading: SuiteReading = reader.reading(clock.nowMs());
  let link: LinkSection = { state: 'connecting' };
  let news: readonly NewsItem[] = [];
  let lastReadAtMs: number | null = null;
  let failureCount = 0;
  let pause = new AbortController();
  let running: Promise<void> | null = null;
  let isStopped = false;

  const state = (): NowState => {
    const { rows, ...sections } = reading;
    return { rows, sections: { ...sections, link: show(link), news: show(news) } };
  };
  const publish = (): void => {
    const now = state();
    for (const listener of listeners) listener(now);
  };
  /** Prices or checks have come in between two reads. */
  const onChange = (): void => {
    if (link.state !== 'ok') return;
    reading = reader.reading(clock.nowMs());
    publish();
  };

  const readOnce = async (): Promise<void> => {
    const nowMs = clock.nowMs();
    try {
      if (failureCount > 0) {
        const found = await connect();
        reader.close();
        connection = found;
        reader = createSuiteReader(connection, onChange);
      }
      news = addNews(news, await reader.read(nowMs));
      reading = reader.reading(nowMs);
      [failureCount, lastReadAtMs, link] = [0, nowMs, { state: 'ok' }];
    } catch (error) {
      failureCount += 1;
      const sinceMs = link.state === 'lost' ? link.sinceMs : nowMs;
      link = { state: 'lost', sinceMs, lastReadAtMs, reason: explain(error) };
    }
    publish();
  };

  const run = async (): Promise<void> => {
    while (listeners.size > 0 && !isStopped) {
      await readOnce();
      pause = new AbortController();
      await sleep(failureCount === 0 ? POLL_MS : (RETRY_MS[failureCount - 1] ?? RETRY_MS_MAX), pause.signal);
    }
    running = null;
    // What is shown gets old from here on.
    if (link.state === 'ok') link = { state: 'connecting' };
  };

  return {
    current: () => connection,
    subscribe(listener) {
      listeners.add(listener);
      listener(state());
      running ??= run();
      return () => void listeners.delete(listener);
    },
    refresh: () => pause.abort(),
    async stop() {
      isStopped = true;
      pause.abort();
      await running;
      reader.close();
    },
  };
}
