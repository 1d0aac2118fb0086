import * as z from 'zod';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import type { ErrorLog, LoggedError } from '#lib/ports/smoke-probes.ts';
import { readAwsJson } from './read-aws-json.ts';
import type { SignedDeps } from './sign-and-send.ts';

export type ErrorLogDeps = SignedDeps & {
  readonly url: string;
  /** @throws UpstreamUnavailableError */
  readonly listLogGroups: () => Promise<readonly string[]>;
};

/** Our own lines, and what Lambda writes about a function that ended badly; checked line by line below. */
const PATTERN = '?ERROR ?"Task timed out" ?"Runtime." ?"Invoke Error"';
const LAMBDA_FAILURE = /Task timed out|Runtime\.|Invoke Error/;
const DEADLINE_MS = 15_000;
/** A page may be empty and still not be the last. */
const PAGE_COUNT_MAX = 50;
const LINE_COUNT_MAX = 100;

const PageSchema = z.object({
  events: z.array(z.object({ timestamp: z.number(), message: z.string() })).default([]),
  nextToken: z.string().optional(),
});
const LineSchema = z.object({ level: z.string(), message: z.string() });

/** Lines of level ERROR by `FilterLogEvents`, which shows a line seconds after it was written. */
export function createCloudwatchErrorLog(deps: ErrorLogDeps): ErrorLog {
  return {
    listErrors: async (sinceMs) => {
      const groups = await deps.listLogGroups();
      const found = await Promise.all(groups.map((logGroup) => listOfGroup(deps, logGroup, sinceMs)));
      return found.flat().toSorted((a, b) => a.atMs - b.atMs);
    },
  };
}

async function listOfGroup(deps: ErrorLogDeps, logGroup: string, sinceMs: number): Promise<readonly LoggedError[]> {
  const errors: LoggedError[] = [];
  let nextToken: string | undefined;
  for (let pages = 0; pages < PAGE_COUNT_MAX && errors.length < LINE_COUNT_MAX; pages += 1) {
    const page = await readPage(deps, {
      logGroupName: logGroup,
      startTime: sinceMs,
      filterPattern: PATTERN,
      nextToken,
    });
    for (const { timestamp, message } of page.events) {
      const text = errorText(message);
      if (text !== null) errors.push({ logGroup, atMs: timestamp, text });
    }
    nextToken = page.nextToken;
    if (nextToken === undefined) return errors;
  }
  return errors;
}

function readPage(deps: ErrorLogDeps, query: object): Promise<z.output<typeof PageSchema>> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'Logs_20140328.FilterLogEvents',
  };
  const request = { service: 'logs', url: deps.url, headers, body: JSON.stringify(query), deadlineMs: DEADLINE_MS };
  return readAwsJson(deps, request, PageSchema, 'logs:FilterLogEvents');
}

/** Null for a line that only contains one of the words. */
function errorText(line: string): string | null {
  const ours = LineSchema.safeParse(jsonOrUndefined(line));
  if (ours.success) return ours.data.level.toUpperCase() === 'ERROR' ? ours.data.message : null;
  return LAMBDA_FAILURE.test(line) ? line.replace(/\s+/g, ' ').trim() : null;
}
