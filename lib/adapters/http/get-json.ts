import { type JsonReply, type JsonRequest, requestJson } from './request-json.ts';
import type { SendRequestDeps } from './send-request.ts';

export type GetJsonDeps = SendRequestDeps;

export type GetJsonRequest = Omit<JsonRequest, 'method' | 'body'>;

/** One GET, once, until its deadline. @throws as `requestJson` */
export function getJson(deps: GetJsonDeps, request: GetJsonRequest): Promise<JsonReply> {
  return requestJson(deps, { ...request, method: 'GET' });
}
