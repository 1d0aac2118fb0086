import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { loadFunction } from '#infra/shared/load-functions.ts';
import { decodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

/**
 * Several deployments of the suite on one table and one queue, each with an account of its own: the very functions, made once per
 * account. A deployment trades for one wallet, and what is wrong with one wallet must not be wrong with all.
 */
export type AccountFleet = {
  /** In the place of the stack's own. */
  readonly functions: { readonly open: FunctionHandler; readonly sell: FunctionHandler };
  /** Whatever is opened under this request id is traded with this environment, from the opening to the end. */
  enlist(requestId: string, env: Env): Promise<void>;
  /** Where positions are found; before that nothing can be sold. */
  connect(store: Pick<PositionStore, 'find'>): void;
};

type Crew = { readonly open: FunctionHandler; readonly sell: FunctionHandler };

const OpenEventSchema = z.looseObject({ requestId: z.string() });
const SellEventSchema = z.looseObject({ Records: z.array(z.looseObject({ body: z.string() })) });
const BatchResponseSchema = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

export function createAccountFleet(): AccountFleet {
  const crews = new Map<string, Crew>();
  const requestIds = new Map<string, string>();
  let store: Pick<PositionStore, 'find'> | undefined;
  const crewOf = (requestId: string): Crew => {
    const crew = crews.get(requestId);
    if (crew === undefined) throw new InvariantError('No account was enlisted for this request', { requestId });
    return crew;
  };
  const findRequestId = async (positionId: string): Promise<string> => {
    const requestId = requestIds.get(positionId) ?? (await store?.find(positionId))?.requestId ?? '';
    requestIds.set(positionId, requestId);
    return requestId;
  };
  return {
    connect: (connected) => {
      store = connected;
    },
    enlist: async (requestId, env) => {
      const [open, sell] = await Promise.all([loadFunction('open', env), loadFunction('sell', env)]);
      crews.set(requestId, { open, sell });
    },
    functions: {
      open: async (event, context) => crewOf(OpenEventSchema.parse(event).requestId).open(event, context),
      sell: async (event, context): Promise<SQSBatchResponse> => {
        const { Records } = SellEventSchema.parse(event);
        const owners = await Promise.all(
          Records.map(({ body }) => findRequestId(decodeWakeMessage(body).positionId).then(crewOf)),
        );
        const byCrew = Map.groupBy(Records, (record) => owners[Records.indexOf(record)]);
        const answers = await Promise.all([...byCrew].map(([crew, own]) => crew?.sell({ Records: own }, context)));
        return { batchItemFailures: answers.flatMap((each) => BatchResponseSchema.parse(each).batchItemFailures) };
      },
    },
  };
}
