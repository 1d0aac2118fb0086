import type * as z from 'zod/mini';
import type { ApiError } from '#lib/contracts/api/api-error.ts';
import { apiHaltBy } from '#lib/contracts/api/api-halt.ts';
import { EXIT_REFUSALS } from '#lib/contracts/api/exit-refusals.ts';
import { toExitsAnswer } from '#lib/contracts/api/exits-answer.ts';
import type { Reply } from '#lib/contracts/api/reply.ts';
import {
  DayRequestSchema,
  ExitAllRequestSchema,
  ExitRequestSchema,
  encodePageToken,
  HaltRequestSchema,
  ListRequestSchema,
  ResumeRequestSchema,
  ShowRequestSchema,
  StatusRequestSchema,
  sinceMs,
} from '#lib/contracts/api/requests.ts';
import type { DeskAction } from '#lib/contracts/api/routes.ts';
import { toExitPart } from '#lib/contracts/exit-part.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { isClosedState, MODES } from '#lib/domain/position/position.ts';
import { type Halt, utcDay } from '#lib/domain/position/risk-limits.ts';
import { InvalidInputError, PositionNotFoundError } from '#lib/errors/errors.ts';
import { listClosed, listOpen, sumDay } from '#lib/lifecycle/read/list-positions.ts';
import { requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import { type ExitFilter, isExitAsked, listExits, requestExits } from '#lib/lifecycle/sell/request-exits.ts';
import type { Log } from '#lib/runtime/log.ts';
import { type Env, parseEnv } from '#lib/runtime/parse-env.ts';
import { createStoreDeps, type StoreDeps, StoreEnvSchema } from './store-deps.ts';

type DeskDeps = Pick<StoreDeps, 'store' | 'queue' | 'clock' | 'ids'> & { readonly stage: string; readonly log: Log };
export type Desk = (action: DeskAction, input: unknown, caller: string | null) => Promise<Reply>;

/** Everything but opening. It loads no key and asks nothing of the venue. @throws ConfigError */
export function createDesk(env: Env, log: Log): Desk {
  const config = parseEnv(StoreEnvSchema, env);
  const deps: DeskDeps = { ...createStoreDeps(config, env), stage: config.STAGE, log };
  return (action, input, caller) => answer(deps, action, input, caller);
}

function answer(deps: DeskDeps, action: DeskAction, input: unknown, caller: string | null): Promise<Reply> {
  switch (action) {
    case 'list':
      return answerList(deps, input);
    case 'show':
      return answerShow(deps, input);
    case 'day':
      return answerDay(deps, input);
    case 'status':
      return answerStatus(deps, input);
    case 'exit':
      return answerExit(deps, input);
    case 'exit-all':
      return answerExitAll(deps, input);
    case 'halt':
      return answerHalt(deps, input, caller);
    case 'resume':
      return answerResume(deps, input, caller);
  }
}

const ok = (body: object): Reply => ({ statusCode: 200, answer: body });

function refuse(code: ApiError['code'], message: string, requestId: string | undefined): Reply {
  return { statusCode: 409, answer: { error: { code, message, retryable: false, requestId } } };
}

async function answerList(deps: DeskDeps, input: unknown): Promise<Reply> {
  const { state: asked, since, mode, limit, pageToken } = parseInput(ListRequestSchema, input, 'list request');
  const state = asked ?? (since === undefined ? 'open' : 'closed');
  const only = state === 'open' || state === 'closed' ? undefined : state;
  const request = { mode, state: only, limit, pageToken };
  const isOfClosed = state === 'closed' || (only !== undefined && isClosedState(only));
  if (!isOfClosed && since !== undefined)
    throw new InvalidInputError('since: belongs to positions that ended; leave it out, or ask for state=closed');
  const nowMs = deps.clock.nowMs();
  const page = isOfClosed
    ? await listClosed(deps, {
        ...request,
        nowMs,
        sinceMs: since === undefined ? yesterday(nowMs) : sinceMs(since, nowMs),
      })
    : await listOpen(deps, request);
  return ok({
    positions: page.positions.map(toPositionAnswer),
    nextPageToken: page.nextPageToken === undefined ? null : encodePageToken(page.nextPageToken),
    unreadable: page.corruptIds,
  });
}

async function answerShow({ store }: DeskDeps, input: unknown): Promise<Reply> {
  const { positionId } = parseInput(ShowRequestSchema, input, 'show request');
  const position = await store.find(positionId);
  if (position === undefined) throw new PositionNotFoundError('There is no such position', { positionId });
  const [attempts, timeline] = await Promise.all([store.listAttempts(positionId), store.listTimeline(positionId)]);
  return ok({ position: toPositionAnswer(position), ...toPlain({ attempts, timeline }) });
}

async function answerDay(deps: DeskDeps, input: unknown): Promise<Reply> {
  const { day, mode } = parseInput(DayRequestSchema, input, 'day request');
  const { totals, corruptIds } = await sumDay(deps, day, { mode });
  return ok({ day, isOver: day < utcDay(deps.clock.nowMs()), totals, unreadable: corruptIds });
}

async function answerStatus({ store, clock, stage }: DeskDeps, input: unknown): Promise<Reply> {
  parseInput(StatusRequestSchema, input, 'status request');
  const nowMs = clock.nowMs();
  const accounts = await Promise.all(MODES.map((mode) => store.getAccount(mode, nowMs)));
  return ok({ stage, nowMs, ...toPlain({ accounts }) });
}

async function answerExit(deps: DeskDeps, input: unknown): Promise<Reply> {
  const { positionId, requestId, ...part } = parseInput(ExitRequestSchema, input, 'exit request');
  const command = { positionId, ...(requestId !== undefined && { requestId }), ...toExitPart(part) };
  const asked = await requestExit(deps, command);
  const { shares = null, minPrice = null } = part;
  const wanted = { shares: shares?.toString(), minPrice: minPrice?.toString() };
  deps.log.info('Exit requested', { positionId, requestId, ...wanted, outcome: asked.outcome });
  const position = toPositionAnswer(asked.position);
  if (asked.outcome !== 'refused') {
    return {
      statusCode: asked.outcome === 'already-requested' ? 200 : 202,
      answer: { outcome: asked.outcome, position },
    };
  }
  const error: ApiError = {
    code: asked.code,
    message: 'message' in asked ? asked.message : EXIT_REFUSALS[asked.code],
    retryable: 'retryable' in asked && asked.retryable,
    ...(requestId !== undefined && { requestId }),
  };
  return { statusCode: 409, answer: { error, position } };
}

const HALTED_BY_OPERATOR =
  'The operator halted these openings by the command line. Only `tminus resume` allows them again. Nothing was changed.';

async function answerExitAll(deps: DeskDeps, input: unknown): Promise<Reply> {
  const { requestId, mode, marketSlug, minPrice } = parseInput(ExitAllRequestSchema, input, 'exit-all request');
  const action = `exit-all ${mode ?? 'all'} ${marketSlug ?? 'all'} ${minPrice ?? 0}`;
  const openedUntilMs = requestId === undefined ? undefined : await claimMoment(deps, requestId, action);
  if (openedUntilMs === null) {
    return refuse('request-id-reused', EXIT_REFUSALS['request-id-reused'], requestId);
  }
  const answer = await exitAll(deps, { mode, marketSlug, openedUntilMs }, minPrice);
  return { statusCode: isComplete(answer) ? 202 : 207, answer };
}

/**
 * When this request came first: a copy that comes later is about what was open then. Null where the id belongs to
 * another call.
 */
async function claimMoment({ store, clock }: DeskDeps, requestId: string, action: string): Promise<number | null> {
  const nowMs = clock.nowMs();
  if ((await store.claimCall(requestId, `${action} @${nowMs}`, nowMs)) === 'new') return nowMs;
  const [known, atMs] = (await store.findCall(requestId))?.split(' @') ?? [];
  return known === action ? Number(atMs) : null;
}

async function exitAll(deps: DeskDeps, filter: ExitFilter, minPriceMicros?: bigint) {
  const ahead = await listExits(deps, filter);
  const results = await requestExits(deps, ahead.positions, minPriceMicros === undefined ? {} : { minPriceMicros });
  const answer = toExitsAnswer(ahead, results, isExitAsked);
  const { requestedCount, failedCount, unreadable, unseenCount } = answer;
  deps.log.info('Exits requested', { ...filter, requestedCount, failedCount, unreadable, unseenCount });
  return answer;
}

function isComplete({ failedCount, unreadable, unseenCount }: Awaited<ReturnType<typeof exitAll>>): boolean {
  return failedCount + unreadable.length + unseenCount === 0;
}

async function answerHalt(deps: DeskDeps, input: unknown, caller: string | null): Promise<Reply> {
  const request = parseInput(HaltRequestSchema, input, 'halt request');
  const halt = { sinceMs: deps.clock.nowMs(), by: apiHaltBy(request.by, caller), reason: request.reason || null };
  const reply = await answerHalting(deps, request, halt);
  if (request.flatten !== true || reply.statusCode !== 200) return reply;
  // A late copy is about what was open at the halt: openings may have been allowed again.
  const { requestId, mode } = request;
  const untilMs = requestId === undefined ? undefined : await claimMoment(deps, `${requestId}#flatten`, 'flatten');
  const flatten = await exitAll(deps, { mode, openedUntilMs: untilMs ?? undefined });
  return { statusCode: isComplete(flatten) ? 200 : 207, answer: { ...reply.answer, flatten } };
}

async function answerResume(deps: DeskDeps, input: unknown, caller: string | null): Promise<Reply> {
  const by = apiHaltBy(undefined, caller);
  return answerHalting(deps, parseInput(ResumeRequestSchema, input, 'resume request'), null, by);
}

async function answerHalting(
  { store, clock, log, ids }: DeskDeps,
  { requestId, mode }: z.output<typeof ResumeRequestSchema>,
  halt: Halt | null,
  resumedBy?: string,
): Promise<Reply> {
  const modes = mode === undefined ? MODES : [mode];
  const nowMs = clock.nowMs();
  const call = await store.setHaltOnce(requestId ?? ids.nextId(), modes, halt, nowMs, resumedBy);
  const outcome = call === 'repeated' ? 'already-requested' : halt === null ? 'resumed' : 'halted';
  log.info('Halt changed', { outcome, modes, call, ...halt, requestId });
  if (call === 'taken') return refuse('request-id-reused', EXIT_REFUSALS['request-id-reused'], requestId);
  if (call === 'held') return refuse('halted-by-operator', HALTED_BY_OPERATOR, requestId);
  const accounts = await Promise.all(modes.map((each) => store.getAccount(each, nowMs)));
  return ok({ outcome, modes: accounts.map((account) => ({ mode: account.mode, halt: account.halt })) });
}

/** The beginning of the UTC day before. */
function yesterday(nowMs: number): number {
  return Date.parse(utcDay(nowMs - 86_400_000));
}

/** JSON types: amounts as decimal strings of millionths. */
function toPlain(value: object): object {
  return JSON.parse(
    JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)),
  );
}
