import { type AddRoutes, sendError } from '#lib/console/server/start-console.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { type LifeSources, readLife } from './read-life.ts';

/** `GET /api/positions/:id`: one position with its prices and its timeline. */
export function positionRoutes(sources: () => LifeSources, clock: Pick<Clock, 'nowMs'>): AddRoutes {
  return (app) => {
    app.get<{ Params: { id: string } }>('/api/positions/:id', async ({ params: { id } }, reply) => {
      const life = await readLife(sources(), id, clock.nowMs());
      if (life !== undefined) return life;
      return sendError(reply, 404, 'unknown-position', `There is no position ${id.slice(0, 60)}.`);
    });
  };
}
