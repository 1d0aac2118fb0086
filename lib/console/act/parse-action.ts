import * as z from 'zod/mini';
import { ExitRequestSchema, HaltRequestSchema, ResumeRequestSchema } from '#lib/contracts/api/requests.ts';
import { type GuardRequest, GuardRequestSchema } from '#lib/contracts/guard-request.ts';
import { type OpenRequest, OpenRequestSchema } from '#lib/contracts/open-request.ts';
import { IN_ENGLISH } from '#lib/contracts/parse-input.ts';
import { IdSchema } from '#lib/contracts/wake-message.ts';
import type { GuardBody } from '#lib/suite-client/invoke-guard.ts';
import type { OpenBody } from '#lib/suite-client/invoke-open.ts';
import { ACTION_KINDS, type FieldFault } from './action-message.ts';

export type ExitAsked = z.output<typeof ExitRequestSchema>;
/** `body`: as it goes to the suite, which parses it again. Its `requestId` is that of the action, once it runs. */
export type OpenAsked = { readonly request: OpenRequest; readonly body: OpenBody };
export type GuardAsked = { readonly request: GuardRequest; readonly body: GuardBody };
export type HaltAsked = Pick<z.output<typeof HaltRequestSchema>, 'mode' | 'reason'>;

export type AskedAction =
  | { readonly kind: 'exit'; readonly asked: ExitAsked }
  | { readonly kind: 'hold'; readonly asked: { readonly positionId: string } }
  | { readonly kind: 'open'; readonly asked: OpenAsked }
  | { readonly kind: 'guard'; readonly asked: GuardAsked }
  | { readonly kind: 'halt'; readonly asked: HaltAsked }
  | { readonly kind: 'resume'; readonly asked: Pick<HaltAsked, 'mode'> };

const BodySchema = z.strictObject({ kind: z.enum(ACTION_KINDS), request: z.record(z.string(), z.unknown()) });

const HoldRequestSchema = z.strictObject({ positionId: IdSchema });

/** The id that a request gets later, for schemas that need one. */
const LATER_ID = 'console';

/** The request of an action, by the same schemas as in the API. */
export function parseAction(body: unknown): AskedAction | { readonly faults: readonly FieldFault[] } {
  const outer = BodySchema.safeParse(body, IN_ENGLISH);
  if (!outer.success) return { faults: faultsOf(outer.error.issues) };
  const { kind, request } = outer.data;
  if ('requestId' in request || 'by' in request || 'flatten' in request) {
    return { faults: [{ field: '', message: 'requestId, by and flatten are not taken here; leave them out' }] };
  }
  return parseRequest(kind, request);
}

type Parsed<Action> = Action | { readonly faults: readonly FieldFault[] };

function parseRequest(kind: AskedAction['kind'], request: Readonly<Record<string, unknown>>): Parsed<AskedAction> {
  const identified = { ...request, requestId: LATER_ID };
  switch (kind) {
    case 'exit':
      return parse(ExitRequestSchema, identified, (asked) => ({ kind, asked }));
    case 'hold':
      return parse(HoldRequestSchema, request, (asked) => ({ kind, asked }));
    case 'open':
      return parse(OpenRequestSchema, identified, (asked, body) => ({ kind, asked: { request: asked, body } }));
    case 'guard':
      return parse(GuardRequestSchema, identified, (asked, body) => ({ kind, asked: { request: asked, body } }));
    case 'halt':
      return parse(HaltRequestSchema, request, (asked) => ({ kind, asked }));
    case 'resume':
      return parse(ResumeRequestSchema, request, (asked) => ({ kind, asked }));
  }
}

function parse<Schema extends z.ZodMiniType, Action>(
  schema: Schema,
  input: unknown,
  toAction: (request: z.output<Schema>, body: z.input<Schema>) => Action,
): Parsed<Action> {
  const parsed = schema.safeParse(input, IN_ENGLISH);
  if (!parsed.success) return { faults: faultsOf(parsed.error.issues) };
  return isInputOf(schema, input) ? toAction(parsed.data, input) : { faults: [] };
}

/** What a schema takes is its input. */
function isInputOf<Schema extends z.ZodMiniType>(schema: Schema, input: unknown): input is z.input<Schema> {
  return schema.safeParse(input, IN_ENGLISH).success;
}

const FAULT_COUNT_MAX = 10;
const NAME_LENGTH_MAX = 40;

function faultsOf(issues: readonly z.core.$ZodIssue[]): readonly FieldFault[] {
  return issues.slice(0, FAULT_COUNT_MAX).map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const names = issue.keys.slice(0, FAULT_COUNT_MAX).map((name) => name.slice(0, NAME_LENGTH_MAX).toWellFormed());
      return { field: '', message: `unknown field ${names.join(', ')}; leave it out` };
    }
    const field = issue.path.length === 0 ? '' : String(issue.path[0]).slice(0, NAME_LENGTH_MAX);
    return { field, message: issue.message.endsWith(', received undefined') ? 'is missing' : issue.message };
  });
}
