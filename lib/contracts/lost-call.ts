import { parseMarketSlug } from '#lib/domain/market/up-down-markets.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { LostCall } from '#lib/ports/dead-letters.ts';
import { findCall } from './api/find-call.ts';
import { OpenRequestSchema, toOpenTarget } from './open-request.ts';
import { parseInput } from './parse-input.ts';
import { decodeSummaryRequest } from './summary-request.ts';

/** What is called asynchronously or by a rule. The others have a queue or a stream, which repeats their events. */
const CALLED = ['sweep', 'canary', 'watch', 'summary', 'open'] as const;
type Called = (typeof CALLED)[number];

/** @throws InvalidInputError for another function, or a request that its function would refuse as well */
export function readLostCall(
  functionArn: string,
  payload: unknown,
  atMs: number,
): { readonly function: Called; readonly call: LostCall } {
  const called = findCalled(functionArn);
  switch (called) {
    case 'sweep':
    case 'canary':
    case 'watch':
      return { function: called, call: { action: 'periodic', function: called } };
    case 'summary':
      return { function: called, call: { action: 'summary', ...decodeSummaryRequest(payload, atMs) } };
    case 'open':
      return { function: called, call: readApiCall(payload, atMs) };
    case undefined:
      throw new InvalidInputError('The dead letter names a function that has no failed events');
  }
}

/** The name that CDK makes (`tminus-paper-trading-SweepFunction1A2B-…`), the fixed one of `open`, or the local one. */
function findCalled(functionArn: string): Called | undefined {
  const [name = ''] = (functionArn.split(':function:').at(-1) ?? '').split(':');
  return CALLED.find((each) => {
    const title = `${each.slice(0, 1).toUpperCase()}${each.slice(1)}`;
    return name === each || name.endsWith(`-${each}`) || name.includes(`-${title}Function`);
  });
}

function readApiCall(payload: unknown, atMs: number): LostCall {
  const { call } = findCall(payload);
  if ('statusCode' in call) throw new InvalidInputError(call.message);
  const { action } = call;
  switch (action) {
    case 'open':
      return readOpening(call.readInput(), payload, atMs);
    case 'guard':
    case 'exit':
    case 'exit-all':
    case 'halt':
    case 'resume':
      return { action, payload };
    case 'list':
    case 'show':
    case 'day':
    case 'status':
      return { action: 'read' };
  }
}

/** The market it meant when it was asked for: without a slug that is the window of that time. */
function readOpening(input: unknown, payload: unknown, atMs: number): LostCall {
  const request = parseInput(OpenRequestSchema, input, 'open request');
  const { marketSlug } = toOpenTarget(request, atMs);
  const ends = parseMarketSlug(marketSlug, atMs)?.spans.map(({ endsAtMs }) => endsAtMs) ?? [];
  const marketEndsAtMs = ends.length === 0 ? null : Math.min(...ends);
  return { action: 'opening', requestId: request.requestId, marketEndsAtMs, marketSlug, payload };
}
