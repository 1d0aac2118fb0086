import * as z from 'zod/mini';
import { requestJson, statusOf } from '#lib/adapters/http/request-json.ts';
import { orElse } from '#lib/contracts/parse-input.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { toRpcEndpoint } from './rpc-endpoint.ts';

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] };

/** What became of one call: its result as the node wrote it, or the node's own refusal, without the server's address. */
export type RpcOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: number; readonly message: string };

export type Rpc = {
  /**
   * The outcomes of the calls, in their order. Up to three share one HTTP request; more are several requests side by side.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  send(calls: readonly RpcCall[], deadlineAtMs: number): Promise<readonly RpcOutcome[]>;
  /** One call that has to succeed. @throws UpstreamUnavailableError, UnexpectedReplyError with the node's refusal */
  sendOne(call: RpcCall, deadlineAtMs: number): Promise<unknown>;
};

export type RpcDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly rpcUrl: string };

/** Free plans refuse batches of more than three, and some servers any batch at all. */
const BATCH_SIZE_MAX = 3;
const REASON_LENGTH_MAX = 200;
const WHAT = 'the chain';

/** A number by the protocol; what else a server puts there tells nothing, and hides no result of the others. */
const CodeSchema = orElse(z.number(), 0);
const AnswerSchema = z.object({
  id: z.nullish(z.union([z.number(), z.string()])),
  result: z.optional(z.unknown()),
  /** Null beside a result, as servers of the protocol's first version write it. */
  error: z.nullish(z.object({ code: CodeSchema, message: z.nullish(z.string()) })),
});
type Answer = z.output<typeof AnswerSchema>;

/**
 * A JSON-RPC server over HTTP: no call is ever repeated here. A server that answers a batch with anything but a list, or fails
 * over it, does not take batches: its calls are sent one by one, side by side, now and from then on.
 * @throws ConfigError when the address cannot be used
 */
export function createRpc({ clock, rpcUrl }: RpcDeps): Rpc {
  const endpoint = toRpcEndpoint(rpcUrl);
  let takesBatches = true;

  const post = async (message: unknown, deadlineAtMs: number): Promise<unknown> => {
    const { url, redact } = endpoint;
    const headers = { 'content-type': 'application/json', ...endpoint.headers };
    const body = JSON.stringify(message);
    const request = { method: 'POST', url, headers, body, deadlineAtMs, redact, what: WHAT } as const;
    return (await requestJson({ clock }, request)).body;
  };
  const sendSingle = async (call: RpcCall, deadlineAtMs: number): Promise<RpcOutcome> => {
    const answer = AnswerSchema.safeParse(await post(toMessage(call, 0), deadlineAtMs));
    if (!answer.success)
      throw new UnexpectedReplyError('The answer of the chain is not JSON-RPC: look at POLYGON_RPC_URL');
    return toOutcome(answer.data, endpoint.redact);
  };
  const postBatch = async (calls: readonly RpcCall[], deadlineAtMs: number): Promise<unknown> => {
    try {
      return await post(calls.map(toMessage), deadlineAtMs);
    } catch (error) {
      if (isAnswered(error)) return undefined;
      throw error;
    }
  };
  const sendChunk = async (calls: readonly RpcCall[], deadlineAtMs: number): Promise<readonly RpcOutcome[]> => {
    const sendSingles = () => Promise.all(calls.map((call) => sendSingle(call, deadlineAtMs)));
    if (calls.length <= 1 || !takesBatches) return sendSingles();
    const reply = z.array(AnswerSchema).safeParse(await postBatch(calls, deadlineAtMs));
    if (reply.success) return calls.map((_, index) => toOutcome(findAnswer(reply.data, idOf(index)), endpoint.redact));
    const outcomes = await sendSingles();
    takesBatches = !outcomes.some(({ ok }) => ok);
    return outcomes;
  };
  const send: Rpc['send'] = async (calls, deadlineAtMs) => {
    const chunks = await Promise.all(chunksOf(calls).map((chunk) => sendChunk(chunk, deadlineAtMs)));
    return chunks.flat();
  };
  return {
    send,
    sendOne: async (call, deadlineAtMs) => {
      const outcome = await sendSingle(call, deadlineAtMs);
      if (outcome.ok) return outcome.result;
      const { code, message } = outcome;
      throw new UnexpectedReplyError(`The chain refuses ${call.method}`, { code, reason: message });
    },
  };
}

/** From 1 on: to some servers a call with the id 0 is one without. */
function idOf(index: number): number {
  return index + 1;
}

function toMessage({ method, params }: RpcCall, index: number) {
  return { jsonrpc: '2.0', id: idOf(index), method, params };
}

function findAnswer(answers: readonly Answer[], id: number): Answer | undefined {
  // The order of a batch's answers means nothing; some servers turn ids into text.
  return answers.find((answer) => answer.id !== null && answer.id !== '' && Number(answer.id) === id);
}

function toOutcome(answer: Answer | undefined, redact: (text: string) => string): RpcOutcome {
  if (answer?.error) {
    const { code, message } = answer.error;
    return { ok: false, code, message: redact(message ?? 'a refusal without words').slice(0, REASON_LENGTH_MAX) };
  }
  if (answer !== undefined && 'result' in answer) return { ok: true, result: answer.result };
  return { ok: false, code: 0, message: 'no answer to this call' };
}

function chunksOf(calls: readonly RpcCall[]): (readonly RpcCall[])[] {
  const count = Math.ceil(calls.length / BATCH_SIZE_MAX);
  return Array.from({ length: count }, (_, index) => calls.slice(index * BATCH_SIZE_MAX, (index + 1) * BATCH_SIZE_MAX));
}

/** The server answered and may not support batches; a rate limit says nothing about batches. */
function isAnswered(error: unknown): boolean {
  const status = statusOf(error);
  return status !== null && status !== 429;
}
