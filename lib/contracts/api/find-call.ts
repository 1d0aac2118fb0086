import { findHttpCall, type HttpCall } from '#lib/contracts/function-url.ts';
import { parseJson } from '#lib/contracts/parse-input.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { type Action, findRoute, isAction, ROUTES } from './routes.ts';

/** How a call came: over HTTP, invoked with an action, or invoked with the bare body of an open request. */
export type CallVia = 'http' | 'action' | 'payload';

export type ApiCall = {
  readonly action: Action;
  /** What the action's schema parses. @throws InvalidInputError when a body is not JSON, or says something twice */
  readonly readInput: () => unknown;
  readonly caller: string | null;
};

/** A call that no action takes, or that its action refuses to read. */
export type LostCall = {
  readonly action?: Action;
  readonly statusCode: 404 | 405 | 413;
  readonly code: 'NotFound' | 'MethodNotAllowed' | 'PayloadTooLarge';
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Far more than any request needs. */
const BODY_LENGTH_MAX = 32_768;

export function findCall(event: unknown): { readonly via: CallVia; readonly call: ApiCall | LostCall } {
  const http = findHttpCall(event);
  if (http !== undefined) return { via: 'http', call: findHttpAction(http) };
  if (isObject(event) && 'action' in event) return { via: 'action', call: findNamedAction(event) };
  return { via: 'payload', call: { action: 'open', readInput: () => event, caller: null } };
}

function findHttpAction({ method, path, query, body, caller }: HttpCall): ApiCall | LostCall {
  const route = findRoute(method, path);
  if (route.found === 'nothing') {
    const routes = Object.values(ROUTES).map((each) => `${each.method} ${each.path}`);
    const message = `There is no such path. The API has ${routes.join(', ')}.`;
    return { statusCode: 404, code: 'NotFound', message, headers: {} };
  }
  if (route.found === 'other-methods') {
    const allow = route.allow.join(', ');
    return { statusCode: 405, code: 'MethodNotAllowed', message: `Use ${allow} here.`, headers: { allow } };
  }
  const { action, params } = route;
  if (body.length > BODY_LENGTH_MAX) {
    const message = `The body may have ${BODY_LENGTH_MAX} characters at most.`;
    return { action, statusCode: 413, code: 'PayloadTooLarge', message, headers: {} };
  }
  const parts = () => [params, toObject(query), ...(method === 'POST' ? [readBody(action, body)] : [])];
  return { action, readInput: () => merge(parts()), caller };
}

/** An exit or a resume needs no body. */
function readBody(action: Action, text: string): unknown {
  if (text.trim() === '' && action !== 'open') return {};
  const what = `${action} request`;
  const body = parseJson(text, what);
  if (isFlat(body) && countNames(text) !== Object.keys(body).length) {
    throw new InvalidInputError(`The ${what} has a field twice`);
  }
  return body;
}

/** Every valid request is. One that is not is refused by its schema. */
function isFlat(body: unknown): body is Record<string, unknown> {
  const isPlain = (value: unknown) => typeof value !== 'object' || value === null;
  return (
    isObject(body) &&
    Object.values(body).every((value) => (Array.isArray(value) ? value.every(isPlain) : isPlain(value)))
  );
}

const STRING_OR_NAME = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** `JSON.parse` takes the last of two fields of one name, other readers the first: in logs it would be another one. */
function countNames(json: string): number {
  return [...json.matchAll(STRING_OR_NAME)].filter(([, colon]) => colon !== undefined).length;
}

function toObject(query: URLSearchParams): Record<string, string> {
  const names = [...query.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidInputError('A parameter of the query is given twice');
  return Object.fromEntries(query);
}

/** Something that is not an object is left to the schema, which says so. */
function merge(parts: readonly unknown[]): unknown {
  const fields = new Map<string, unknown>();
  for (const part of parts) {
    if (!isObject(part)) return part;
    for (const [name, value] of Object.entries(part)) {
      if (fields.has(name)) throw new InvalidInputError('A field of the path or query is also in the body');
      fields.set(name, value);
    }
  }
  // Not assigned one by one: a field called `__proto__` would put its own fields behind the schema's back.
  return Object.fromEntries(fields);
}

function findNamedAction({ action, ...input }: Record<string, unknown>): ApiCall | LostCall {
  if (isAction(action)) return { action, readInput: () => input, caller: null };
  const message = `There is no such action. The API has ${Object.keys(ROUTES).join(', ')}.`;
  return { statusCode: 404, code: 'NotFound', message, headers: {} };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
