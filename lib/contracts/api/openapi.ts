import * as z from 'zod/mini';
import { GuardRequestSchema } from '#lib/contracts/guard-request.ts';
import { OpenRequestSchema } from '#lib/contracts/open-request.ts';
import { EXIT_REFUSAL_CODES } from '#lib/domain/plan/plan-exit-request.ts';
import * as answers from './answers.ts';
import { ANSWER_TEXTS, REQUEST_TEXTS } from './field-texts.ts';
import {
  DayRequestSchema,
  ExitAllRequestSchema,
  ExitRequestSchema,
  HaltRequestSchema,
  ListRequestSchema,
  ResumeRequestSchema,
  ShowRequestSchema,
  StatusRequestSchema,
} from './requests.ts';
import { type Action, ROUTES } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

/** Schemas that the document names. */
const COMPONENTS = {
  Position: answers.PositionSchema,
  Error: answers.ApiErrorSchema,
  ErrorAnswer: answers.ErrorAnswerSchema,
  OpenFailure: answers.OpenFailureSchema,
  Opened: answers.OpenedSchema,
  OpenRefused: answers.OpenRefusedSchema,
  Guarded: answers.GuardedSchema,
  GuardRefused: answers.GuardRefusedSchema,
  PositionList: answers.PositionListSchema,
  PositionDetail: answers.PositionDetailSchema,
  ExitAnswer: answers.ExitAnswerSchema,
  ExitsAnswer: answers.ExitsAnswerSchema,
  ExitConflict: answers.ExitConflictSchema,
  DayTotals: answers.DayAnswerSchema,
  Status: answers.StatusAnswerSchema,
  HaltAnswer: answers.HaltAnswerSchema,
  AwsError: answers.AwsErrorSchema,
} as const;
type Component = keyof typeof COMPONENTS;

type Operation = {
  readonly summary: string;
  readonly request: z.ZodMiniType;
  readonly answers: Readonly<Record<number, readonly [Component, string]>>;
};

const OPERATIONS: Readonly<Record<Action, Operation>> = {
  open: {
    summary: 'Open a position. It is bought before the answer; its exit is already durable.',
    request: OpenRequestSchema,
    answers: {
      200: ['Opened', 'The same requestId opened this position before.'],
      201: ['Opened', 'Opened: `holding`, `voided` (nothing was bought) or `buying` (the answer is still out).'],
      409: ['OpenFailure', 'Another step changed the position at the same time.'],
      422: ['OpenRefused', 'Refused: nothing was opened. The code says why, the message what to do.'],
    },
  },
  guard: {
    summary: 'Guard shares that were bought elsewhere: they get a durable exit, and settlement. Nothing is bought.',
    request: GuardRequestSchema,
    answers: {
      200: ['Guarded', 'The same requestId guarded this position before. Its wake-ups were set again.'],
      201: ['Guarded', 'Guarded: `holding` what the wallet holds, or waiting for shares that were just ordered.'],
      409: ['GuardRefused', '`market-occupied`: `position` manages this market already; or `request-id-reused`.'],
      422: ['GuardRefused', 'Refused: nothing is guarded. The code says why, the message what to do.'],
    },
  },
  exit: {
    summary:
      'Make the exit due now, of everything or of a part. The queue sells, and tries again until it is sold or the market ends.',
    request: ExitRequestSchema,
    answers: {
      200: ['ExitAnswer', 'The same requestId asked for this exit before, and nothing is left to sell.'],
      202: ['ExitAnswer', 'Requested, or the exit has begun before. Read the position to see how it ends.'],
      409: [
        'ExitConflict',
        `\`already-closed\`, \`past-deadline\` or \`request-id-reused\`; for a part, or with a floor: ${EXIT_REFUSAL_CODES.map((code) => `\`${code}\``).join(', ')}.`,
      ],
    },
  },
  'exit-all': {
    summary: 'Make the exit of every open position due now, or of those of a mode or market.',
    request: ExitAllRequestSchema,
    answers: {
      202: ['ExitsAnswer', 'Every exit is requested.'],
      207: [
        'ExitsAnswer',
        'Some are not, or could not be seen: `failedCount`, `unreadable`, `unseenCount`. Repeat it.',
      ],
      409: ['ErrorAnswer', 'The requestId belongs to another call.'],
    },
  },
  halt: {
    summary: 'Refuse every further opening. Exits go on; with flatten, every open position is exited now.',
    request: HaltRequestSchema,
    answers: {
      200: ['HaltAnswer', "The halts that apply now. A halt of the operator's command line stays as it is."],
      207: ['HaltAnswer', 'Halted, and some exits are not requested or could not be seen. Repeat it.'],
      409: ['ErrorAnswer', 'The requestId belongs to another call.'],
    },
  },
  resume: {
    summary: "Allow openings again, unless the operator's command line halted them.",
    request: ResumeRequestSchema,
    answers: {
      200: ['HaltAnswer', 'The halts that apply now.'],
      409: ['ErrorAnswer', '`halted-by-operator`, or `request-id-reused`: it belongs to another call.'],
    },
  },
  list: {
    summary: 'List positions, newest first: open ones, or those that ended.',
    request: ListRequestSchema,
    answers: { 200: ['PositionList', 'A page. It may have fewer positions than its limit and not be the last.'] },
  },
  show: {
    summary: 'Read one position with its attempts and its timeline.',
    request: ShowRequestSchema,
    answers: {
      200: ['PositionDetail', 'The position, and everything that was read, decided and done.'],
    },
  },
  day: {
    summary: 'Sum up the positions that ended on a UTC day.',
    request: DayRequestSchema,
    answers: { 200: ['DayTotals', 'One entry for each mode in which a position ended.'] },
  },
  status: {
    summary: 'Read the counters of both modes, and whether openings are halted.',
    request: StatusRequestSchema,
    answers: { 200: ['Status', 'Both modes.'] },
  },
};

const TEXT = `Polymarket positions that do not expire unmanaged: the suite's functions over their URL, signed with AWS SigV4 (service "lambda").
By invoke of the same function: the payload {"action": "exit", "positionId": "…"} has the fields of path, query and body together and returns the answer's body.
Money is in millionths of a dollar as decimal strings (…Micros), prices are decimal strings of dollars, times are Unix milliseconds.
A call that acts is repeated with the same requestId when its answer was lost: it never acts twice.`;

/** The API as OpenAPI 3.1. @param url the address of the function, without the slash at its end */
export function createOpenapi(url = 'https://YOUR-FUNCTION-URL.lambda-url.eu-west-1.on.aws'): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'T-minus', version: '1.0.0', description: TEXT },
    servers: [{ url }],
    security: [{ sigv4: [] }],
    paths: toPaths(),
    components: {
      securitySchemes: {
        // The notation of API Gateway, which code generators know.
        sigv4: { type: 'apiKey', name: 'Authorization', in: 'header', 'x-amazon-apigateway-authtype': 'awsSigv4' },
      },
      schemas: toComponents(),
    },
  };
}

function toPaths(): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [action, route] of Object.entries(ROUTES)) {
    const item = paths[route.path] ?? {};
    item[route.method.toLowerCase()] = toOperation(action, route);
    paths[route.path] = item;
  }
  return paths;
}

function toOperation(action: string, { method, path }: (typeof ROUTES)[Action]): Json {
  const operation = Object.entries(OPERATIONS).find(([name]) => name === action)?.[1];
  if (operation === undefined) throw new Error(`The action ${action} has no description`);
  const request = describeRequest(operation.request);
  const inPath = Object.keys(request.properties).filter((name) => path.includes(`{${name}}`));
  const isBody = method === 'POST';
  const toParameter = (name: string) => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: request.required.includes(name) || inPath.includes(name),
    schema: request.properties[name],
  });
  const parameters = (isBody ? inPath : Object.keys(request.properties)).map(toParameter);
  return {
    operationId: action,
    summary: operation.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(isBody && { requestBody: toBody(request, inPath) }),
    responses: toResponses(action, operation),
  };
}

function toBody(request: ObjectSchema, inPath: readonly string[]): Json {
  const isOfBody = (name: string) => !inPath.includes(name);
  const required = request.required.filter(isOfBody);
  const schema = {
    ...request,
    properties: Object.fromEntries(Object.entries(request.properties).filter(([name]) => isOfBody(name))),
    required,
  };
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}

function toResponses(action: string, { answers: own }: Operation): Json {
  const failure: Component = action === 'open' ? 'OpenFailure' : 'ErrorAnswer';
  const retryAfter = { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } };
  const all: Record<number, readonly [Component, string, Json?]> = {
    400: [failure, 'The request is not valid. The message names each field.'],
    403: ['AwsError', 'Answered by AWS: the call is not signed, or its signer lacks the right.'],
    ...(['show', 'exit'].includes(action) && { 404: [failure, 'There is no such position.'] as const }),
    ...(ROUTES_WITH_BODY.has(action) && { 413: [failure, 'The body is too long.'] as const }),
    429: ['AwsError', 'Answered by AWS: too many calls at once. Repeat it after a second.'],
    500: [failure, 'A failure of the suite. Repeat the call where `retryable` is true.'],
    502: [failure, 'The venue or a service answered in a way that is not understood.'],
    503: [failure, 'The table, a queue or the venue did not answer. Repeat the call.', retryAfter],
    ...own,
  };
  return Object.fromEntries(
    Object.entries(all).map(([status, [component, description, headers]]) => [
      status,
      {
        description,
        ...(headers !== undefined && { headers }),
        content: { 'application/json': { schema: refTo(component) } },
      },
    ]),
  );
}

const ROUTES_WITH_BODY = new Set(
  Object.entries(ROUTES).flatMap(([name, { method }]) => (method === 'POST' ? [name] : [])),
);

const refTo = (component: Component): Json => ({ $ref: `#/components/schemas/${component}` });

function toComponents(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, override: open });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, tell(schema, ANSWER_TEXTS)]),
  );
}

/** Answers may gain fields: callers ignore what they do not know. Defaults are for events of older releases. */
function open({
  jsonSchema,
}: {
  readonly jsonSchema: { additionalProperties?: unknown; default?: unknown; readOnly?: unknown };
}): void {
  delete jsonSchema.additionalProperties;
  delete jsonSchema.default;
  delete jsonSchema.readOnly;
}

type ObjectSchema = Json & {
  readonly properties: Readonly<Record<string, Json>>;
  readonly required: readonly string[];
};

const ObjectSchemaShape = z.looseObject({
  properties: z._default(z.record(z.string(), z.looseObject({})), {}),
  required: z._default(z.array(z.string()), []),
});

function describeRequest(schema: z.ZodMiniType): ObjectSchema {
  const { $schema: _schema, ...described } = z.toJSONSchema(schema, { io: 'input' });
  return ObjectSchemaShape.parse(tell(described, REQUEST_TEXTS));
}

/** A copy in which each field says what it means, without the bounds of every whole number. */
function tell(schema: unknown, texts: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(schema)) return schema.map((each) => tell(each, texts));
  if (!isObject(schema)) return schema;
  const told = Object.entries(schema).flatMap(([name, value]) =>
    isBoundOfEveryNumber(name, value)
      ? []
      : [[name, name === 'properties' ? tellFields(value, texts) : tell(value, texts)]],
  );
  return Object.fromEntries(told);
}

function tellFields(fields: unknown, texts: Readonly<Record<string, string>>): unknown {
  if (!isObject(fields)) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const described = tell(field, texts);
      const description = texts[name];
      return [name, isObject(described) && description !== undefined ? { description, ...described } : described];
    }),
  );
}

function isBoundOfEveryNumber(name: string, value: unknown): boolean {
  return (name === 'minimum' || name === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
