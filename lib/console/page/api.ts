import type { FieldFault } from '#lib/console/act/action-message.ts';

/** An answer other than 2xx, with the words of the console. `status` 0: the console was not reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** Of the fields of a request. */
  readonly faults: readonly FieldFault[];

  constructor(status: number, code: string, message: string, faults: readonly FieldFault[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.faults = faults;
  }
}

export type Api = {
  /** @throws ApiError */
  get<Answer>(path: string): Promise<Answer>;
  /** @throws ApiError */
  text(path: string): Promise<string>;
  /** @throws ApiError */
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  /** Calls back with each line of a stream until it ends. @throws ApiError */
  lines<Line>(path: string, onLine: (line: Line) => void, signal: AbortSignal): Promise<void>;
};

/** Requests to the console with its token. There is no cookie, so no other page can send one in its name. */
export function createApi(token: string): Api {
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    const response = await fetch(`/api/${path}`, { ...init, headers, credentials: 'omit' }).catch(() => {
      throw new ApiError(0, 'not-reached', 'The console did not answer.');
    });
    if (!response.ok) throw await toApiError(response);
    return response;
  };
  return {
    get: async (path) => (await request(path, {})).json(),
    text: async (path) => (await request(path, {})).text(),
    post: async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      return (await request(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
    },
    lines: async (path, onLine, signal) => {
      const { body } = await request(path, { signal });
      if (body === null) return;
      let rest = '';
      for await (const chunk of chunksOf(body.pipeThrough(new TextDecoderStream()))) {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(JSON.parse(line));
      }
    },
  };
}

/** Not every browser iterates over streams. */
async function* chunksOf(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done || value === undefined) return;
    yield value;
  }
}

async function toApiError(response: Response): Promise<ApiError> {
  try {
    const { error } = await response.json();
    return new ApiError(response.status, String(error.code), String(error.message), error.faults);
  } catch {
    return new ApiError(response.status, 'unknown', `The console answered with status ${response.status}.`);
  }
}
