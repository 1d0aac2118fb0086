import type { AddRoutes } from '#lib/console/server/start-console.ts';
import { streamLines } from '#lib/console/server/stream-lines.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { changesSince, type NowState } from './now-changes.ts';
import type { NowFeed } from './now-feed.ts';

const BEAT_MS = 5_000;

/** `GET /api/now`: a line for every state, with what differs from the one before. */
export function nowRoutes(feed: NowFeed, clock: Pick<Clock, 'nowMs'>): AddRoutes {
  return (app) => {
    app.get('/api/now', (_request, reply) => {
      streamLines(reply, (stream) => {
        let sent: NowState | null = null;
        let isFull = false;
        // A reader that is too slow skips states: what it gets next differs from what it got last.
        stream.onDrain(() => {
          isFull = false;
        });
        const send = (state: NowState): void => {
          if (isFull) return;
          isFull = !stream.send(changesSince(sent, state, clock.nowMs()));
          sent = state;
        };
        // While the suite is away nothing changes, and the page has to know that the console is still there.
        const beat = setInterval(() => sent !== null && send(sent), BEAT_MS);
        const unsubscribe = feed.subscribe(send);
        return () => {
          clearInterval(beat);
          unsubscribe();
        };
      });
    });
  };
}
