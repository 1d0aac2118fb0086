import * as z from 'zod/mini';
import type { AddRoutes } from '#lib/console/server/start-console.ts';
import { SinceSchema, sinceMs } from '#lib/contracts/api/requests.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { MODES } from '#lib/domain/position/position.ts';
import { type ReadHistory, type ReadHistoryDeps, readHistory } from '#lib/lifecycle/read/read-history.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { historyCsv } from '#lib/words/history-csv.ts';
import { toJson } from '#lib/words/to-json.ts';
import { describeHistory } from './describe-history.ts';

const HistoryQuerySchema = z.strictObject({
  since: SinceSchema,
  mode: z.exactOptional(z.enum(MODES)),
});

/**
 * `GET /api/history?since=7d&mode=live`, and the sums of the same as `/api/history.csv` and `/api/history.json`, as
 * `tminus report` prints them.
 */
export function historyRoutes(store: () => ReadHistoryDeps['store'], clock: Pick<Clock, 'nowMs'>): AddRoutes {
  const read = async (query: unknown): Promise<ReadHistory> => {
    const nowMs = clock.nowMs();
    const { since, mode } = parseInput(HistoryQuerySchema, query, 'request');
    return readHistory({ store: store() }, { sinceMs: sinceMs(since, nowMs), untilMs: nowMs, mode });
  };
  return (app) => {
    app.get('/api/history', async ({ query }) => describeHistory(await read(query)));
    app.get('/api/history.csv', async ({ query }, reply) => {
      const { history } = await read(query);
      return reply.type('text/csv; charset=utf-8').send(historyCsv(history));
    });
    app.get('/api/history.json', async ({ query }, reply) => {
      const { history } = await read(query);
      return reply.type('application/json; charset=utf-8').send(toJson(history));
    });
  };
}
