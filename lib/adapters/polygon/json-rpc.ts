import * as z from 'zod/mini';
import { askedWaitMs } from '#lib/adapters/http/asked-wait.ts';
import { requestJson, statusOf, waitOf } from '#lib/adapters/http/request-json.ts';
import { orElse } from '#lib/contracts/parse-input.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { toRpcEndpoint } from './rpc-endpoint.ts';

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] };

/** The outcome of one call: the node's result, or its refusal without the server's address. */
export type RpcOutcome =
  | { readonly ok: true; readonly result: unknown }
  | {
      readonly ok: false;
      readonly code: number;
      readonly message: string;
      /** Where a contract reverted, what it returned, if the server shows it. May contain the server's address. */
      readonly data?: unknown;
    };

export type Rpc = {
  /**
   * The outcomes of the calls, in their order. Up to three calls share an HTTP request; more requests are sent side by
   * side.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  send(calls: readonly RpcCall[], deadlineAtMs: number): Promise<readonly RpcOutcome[]>;
  /** The result of one call. @throws UpstreamUnavailableError, UnexpectedReplyError with the node's refusal */
  sendOne(call: RpcCall, deadlineAtMs: number): Promise<unknown>;
};

export type RpcDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly rpcUrl: string };

/** Free plans refuse larger batches, some servers any batch. */
const BATCH_SIZE_MAX = 3;
const REASON_LENGTH_MAX = 200;
const WHAT = 'the chain';

/** A number by the protocol. Another value must not fail the other calls of the batch. */
const CodeSchema = orElse(z.number(), 0);
const AnswerSchema = z.object({
  id: z.nullish(z.union([z.number(), z.string()])),
  result: z.optional(z.unknown()),
  /** Servers of JSON-RPC 1 send null beside a result. */
  error: z.nullish(z.object({ code: CodeSchema, message: z.nullish(z.string()), data: z.optional(z.unknown()) })),
});
type Answer = z.output<typeof AnswerSchema>;

/** The longest that a node is left alone, whatever it asks for: an exit that lacks an approval has two minutes. */
const REST_MS_MAX = 30_000;
/** Nodes that limit requests inside a 200: Infura's and Alchemy's codes, and the words of others. */
const LIMIT_CODES: ReadonlySet<number> = new Set([429, -32_005, -32_007, -32_016, -32_029, -32_097]);
const LIMIT_WORDS = /rate.?limit|too many requests|requests? limit|compute units/i;

/**
 * A JSON-RPC server over HTTP, without retries. While it asks to be left alone, calls fail at once and are not sent. If
 * the server fails on a batch or answers it with anything but a list, its calls are from then on sent one by one, side
 * by side.
 * @throws ConfigError when the address cannot be used
 */
export function createRpc({ clock, rpcUrl }: RpcDeps): Rpc {
  const endpoint = toRpcEndpoint(rpcUrl);
  let takesBatches = true;
  let restUntilMs = 0;

  const rest = (waitMs: number | null): void => {
    if (waitMs !== null) restUntilMs = clock.nowMs() + Math.min(waitMs, REST_MS_MAX);
  };
  const post = async (message: unknown, deadlineAtMs: number): Promise<unknown> => {
    if (clock.nowMs() < restUntilMs) throw new UpstreamUnavailableError(`The server of ${WHAT} asked for a pause`);
    const { url, redact } = endpoint;
    const headers = { 'content-type': 'application/json', ...endpoint.headers };
    const body = JSON.stringify(message);
    const request = { method: 'POST', url, headers, body, deadlineAtMs, redact, what: WHAT } as const;
    try {
      const { body: answer } = await requestJson({ clock }, request);
      rest(waitInAnswer(answer, clock.nowMs()));
      return answer;
    } catch (error) {
      rest(waitOf(error));
      throw error;
    }
  };
  const sendSingle = async (call: RpcCall, deadlineAtMs: number): Promise<RpcOutcome> => {
    const answer = AnswerSchema.safeParse(await post(toMessage(call, 0), deadlineAtMs));
    if (!answer.success)
      throw new UnexpectedReplyError('The answer of the chain is not JSON-RPC: check POLYGON_RPC_URL');
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
      throw new UnexpectedReplyError(`The chain refused ${call.method}`, { code, reason: message });
    },
  };
}

/** Starts at 1: some servers treat the id 0 as missing. */
function idOf(index: number): number {
  return index + 1;
}

function toMessage({ method, params }: RpcCall, index: number) {
  return { jsonrpc: '2.0', id: idOf(index), method, params };
}

function findAnswer(answers: readonly Answer[], id: number): Answer | undefined {
  // Answers come in any order, and some servers return ids as text.
  return answers.find((answer) => answer.id !== null && answer.id !== '' && Number(answer.id) === id);
}

function toOutcome(answer: Answer | undefined, redact: (text: string) => string): RpcOutcome {
  if (answer?.error) {
    const { code, message, data } = answer.error;
    const reason = redact(message ?? 'a refusal without a message').slice(0, REASON_LENGTH_MAX);
    return { ok: false, code, message: reason, data };
  }
  if (answer !== undefined && 'result' in answer) return { ok: true, result: answer.result };
  return { ok: false, code: 0, message: 'no answer to this call' };
}

/** The wait that a refusal for too many requests names; null without one. */
function waitInAnswer(answer: unknown, nowMs: number): number | null {
  const answers = z.array(AnswerSchema).safeParse(Array.isArray(answer) ? answer : [answer]);
  const limited = answers.data?.find(({ error }) => error && isLimit(error.code, error.message ?? ''));
  return limited === undefined ? null : askedWaitMs({ headers: new Headers(), body: limited.error, nowMs });
}

function isLimit(code: number, message: string): boolean {
  return LIMIT_CODES.has(code) || LIMIT_WORDS.test(message);
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
