import * as z from 'zod/mini';

/** The part of a function URL's event (payload 2.0) that is read. */
const FunctionUrlEventSchema = z.object({
  requestContext: z.object({
    http: z.object({ method: z.string() }),
    authorizer: z.nullish(z.object({ iam: z.nullish(z.object({ userArn: z.nullish(z.string()) })) })),
  }),
  rawPath: z.nullish(z.string()),
  rawQueryString: z.nullish(z.string()),
  body: z.nullish(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
});

export type HttpCall = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  /** The ARN of the IAM user or role session that signed the call. */
  readonly caller: string | null;
};

export type FunctionUrlResult = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The HTTP call behind an event; undefined when the function was invoked in another way. */
export function findHttpCall(event: unknown): HttpCall | undefined {
  const parsed = FunctionUrlEventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { requestContext, rawPath, rawQueryString, body, isBase64Encoded } = parsed.data;
  return {
    method: requestContext.http.method,
    path: rawPath || '/',
    query: new URLSearchParams(rawQueryString ?? ''),
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? ''),
    caller: requestContext.authorizer?.iam?.userArn ?? null,
  };
}

export function toFunctionUrlResult(
  statusCode: number,
  answer: object,
  headers: Readonly<Record<string, string>> = {},
): FunctionUrlResult {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(answer) };
}
