import type { FastifyReply } from 'fastify';
import * as z from 'zod/mini';
import { type AddRoutes, sendError } from '#lib/console/server/start-console.ts';
import { isYes } from '#lib/words/is-yes.ts';
import type { FieldFault } from './action-message.ts';
import type { Actions } from './create-actions.ts';

const RunSchema = z.strictObject({
  actionId: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  confirmation: z.exactOptional(z.string().check(z.maxLength(100))),
});

/**
 * `POST /api/actions/preview` takes a request, and `POST /api/actions/run` the id of what was previewed: nothing is
 * done that was not looked at. `refresh`: what is shown is old once something was done.
 */
export function actRoutes(actions: Actions, refresh: () => void): AddRoutes {
  return (app) => {
    app.register(async (scope) => {
      // Forms of other pages send plain text without asking first.
      scope.removeContentTypeParser('text/plain');
      scope.post('/api/actions/preview', async ({ body }, reply) => {
        const previewed = await actions.preview(body);
        switch (previewed.outcome) {
          case 'previewed':
            return previewed.preview;
          case 'invalid':
            return sendFaults(reply, previewed.faults);
          case 'refused':
            return sendError(reply, 409, 'refused', previewed.reason);
        }
      });
      scope.post('/api/actions/run', async ({ body }, reply) => {
        const parsed = RunSchema.safeParse(body);
        if (!parsed.success) return sendFaults(reply, [{ field: '', message: 'must name an actionId' }]);
        const { actionId, confirmation = '' } = parsed.data;
        const run = await actions.run(actionId, isYes(confirmation)).finally(refresh);
        switch (run.outcome) {
          case 'answered':
            return run.answer;
          case 'unknown-action':
            return sendError(reply, 404, 'unknown-action', UNKNOWN_ACTION);
          case 'expired':
            return sendError(reply, 410, 'expired', EXPIRED);
          case 'not-confirmed':
            return sendFaults(reply, [{ field: 'confirmation', message: 'must be yes: this is real money' }]);
        }
      });
    });
  };
}

const UNKNOWN_ACTION =
  'This console knows no such preview: it was started anew, or the preview is hours old. Look at what is open before you ask again.';
const EXPIRED = 'This preview is older than a minute. Nothing was done: look at it again.';

function sendFaults(reply: FastifyReply, faults: readonly FieldFault[]): FastifyReply {
  const message = faults.map((each) => (each.field === '' ? each.message : `${each.field} ${each.message}`)).join('; ');
  return reply
    .status(422)
    .send({ error: { code: 'invalid', message: `The request is not valid: ${message}.`, faults } });
}
