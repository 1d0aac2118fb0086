import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type InvocationResult, type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

const RUNTIME_CLIENT = fileURLToPath(new URL('./runtime-client.mjs', import.meta.url));

export type BundleProcessOptions = {
  /** Name of the function, and of the folder's `index.mjs` with its export `handler`. */
  readonly name: string;
  readonly folder: string;
  /** The function's environment and nothing else: what the test's own process knows stays out. */
  readonly env: Readonly<Record<string, string>>;
  readonly functionArn: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
};

/** One execution environment: a process that has loaded the bundle and takes events one at a time. */
export type BundleProcess = {
  /** From the spawn until it asked for its first event. */
  readonly initMs: number;
  /** What it has written to its log so far. */
  readonly output: () => string;
  invoke(event: unknown): Promise<InvocationResult>;
  stop(): Promise<void>;
};

/** @throws Error with the process's own words when the bundle cannot be loaded */
export async function startBundleProcess(options: BundleProcessOptions): Promise<BundleProcess> {
  const api = await startRuntimeApi();
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, ['--enable-source-maps', RUNTIME_CLIENT], {
    env: { ...lambdaEnv(options, api), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child);
  const ended = once(child, 'exit').then(() => ({ errorType: 'Runtime.ExitError', errorMessage: output() }));
  const ready = await Promise.race([api.ready, ended]);
  const initMs = performance.now() - startedAtMs;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await api.stop();
  };
  if (ready !== 'ready') {
    await stop();
    throw new Error(`The bundle of ${options.name} cannot be loaded: ${ready.errorType}: ${ready.errorMessage}`);
  }
  const { functionArn, timeoutMs } = options;
  return {
    initMs,
    output,
    invoke: (event) =>
      Promise.race([
        api.invoke(event, { functionArn, deadlineMs: Date.now() + timeoutMs }),
        ended.then((fault): InvocationResult => ({ outcome: 'failed', ...fault })),
      ]),
    stop,
  };
}

/** What Lambda itself adds to a function's environment. */
function lambdaEnv(options: BundleProcessOptions, api: RuntimeApi): Record<string, string> {
  return {
    AWS_LAMBDA_RUNTIME_API: api.address,
    LAMBDA_TASK_ROOT: options.folder,
    _HANDLER: 'index.handler',
    AWS_LAMBDA_FUNCTION_NAME: options.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${options.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
  };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}
