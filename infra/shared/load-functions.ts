import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import type { FunctionHandler } from './function-runtime.ts';

type FunctionModule = { readonly createHandler: (env: Env) => FunctionHandler };

export async function loadFunction(name: FunctionName, env: Env): Promise<FunctionHandler> {
  const module: FunctionModule = await import(`#functions/${name}.ts`);
  return module.createHandler(env);
}

/** All functions. `given` replaces some or all of them. */
export async function loadFunctions(
  env: Env,
  given: Partial<Record<FunctionName, FunctionHandler>> = {},
): Promise<Readonly<Record<FunctionName, FunctionHandler>>> {
  const load = async (name: FunctionName): Promise<FunctionHandler> => given[name] ?? loadFunction(name, env);
  const [open, sell, settle, sweep, announce, discord, canary, summary, watch, interactions] = await Promise.all([
    load('open'),
    load('sell'),
    load('settle'),
    load('sweep'),
    load('announce'),
    load('discord'),
    load('canary'),
    load('summary'),
    load('watch'),
    load('interactions'),
  ]);
  return { open, sell, settle, sweep, announce, discord, canary, summary, watch, interactions };
}
