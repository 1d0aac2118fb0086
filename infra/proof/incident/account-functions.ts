import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { loadFunction } from '#infra/shared/load-functions.ts';
import { decodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

type Functions = { readonly open: FunctionHandler; readonly sell: FunctionHandler; readonly settle: FunctionHandler };

/**
 * `open`, `sell` and `settle` for several accounts on one table and one queue. A deployment trades for one wallet, so
 * the functions are loaded once per account and each event goes to the account that its request was registered for.
 */
export type AccountFunctions = {
  readonly functions: Functions;
  /** The position that is opened with this request id is traded with `env`. */
  register(requestId: string, env: Env): Promise<void>;
  /** Must be called before the first wake-up. */
  connect(store: Pick<PositionStore, 'find'>): void;
};

const OpenEventSchema = z.looseObject({ requestId: z.string() });
const QueueEventSchema = z.looseObject({ Records: z.array(z.looseObject({ body: z.string() })) });
const BatchResponseSchema = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

export function createAccountFunctions(): AccountFunctions {
  const registered = new Map<string, Functions>();
  const requestIds = new Map<string, string>();
  let store: Pick<PositionStore, 'find'> | undefined;
  const functionsOf = (requestId: string): Functions => {
    const functions = registered.get(requestId);
    if (functions === undefined) throw new InvariantError('No account is registered for this request', { requestId });
    return functions;
  };
  const findRequestId = async (positionId: string): Promise<string> => {
    const requestId = requestIds.get(positionId) ?? (await store?.find(positionId))?.requestId ?? '';
    requestIds.set(positionId, requestId);
    return requestId;
  };
  /** Each record of a batch goes to the account of its position. */
  const shareOut = async (
    name: 'sell' | 'settle',
    event: unknown,
    context: Parameters<FunctionHandler>[1],
  ): Promise<SQSBatchResponse> => {
    const { Records } = QueueEventSchema.parse(event);
    const owners = await Promise.all(
      Records.map(({ body }) => findRequestId(decodeWakeMessage(body).positionId).then(functionsOf)),
    );
    const byOwner = Map.groupBy(Records, (record) => owners[Records.indexOf(record)]);
    const answers = await Promise.all([...byOwner].map(([owner, own]) => owner?.[name]({ Records: own }, context)));
    return { batchItemFailures: answers.flatMap((each) => BatchResponseSchema.parse(each).batchItemFailures) };
  };
  return {
    connect: (connected) => {
      store = connected;
    },
    register: async (requestId, env) => {
      const [open, sell, settle] = await Promise.all([
        loadFunction('open', env),
        loadFunction('sell', env),
        loadFunction('settle', env),
      ]);
      registered.set(requestId, { open, sell, settle });
    },
    functions: {
      open: async (event, context) => functionsOf(OpenEventSchema.parse(event).requestId).open(event, context),
      sell: (event, context) => shareOut('sell', event, context),
      settle: (event, context) => shareOut('settle', event, context),
    },
  };
}
