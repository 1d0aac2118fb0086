import type { Env } from '#lib/runtime/env.ts';
import type { FunctionHandler } from './function-runtime.ts';
import type { FunctionName } from './topology.ts';

type FunctionModule = { readonly createHandler: (env: Env) => FunctionHandler };

/** The very functions that run on AWS, each made with the environment of this stack. `given` replaces some or all of them. */
export async function loadFunctions(
  env: Env,
  given: Partial<Record<FunctionName, FunctionHandler>> = {},
): Promise<Readonly<Record<FunctionName, FunctionHandler>>> {
  const load = async (name: FunctionName): Promise<FunctionHandler> => {
    const handler = given[name];
    if (handler !== undefined) return handler;
    const module: FunctionModule = await import(`#functions/${name}.ts`);
    return module.createHandler(env);
  };
  const [open, sell, sweep, announce, discord] = await Promise.all([
    load('open'),
    load('sell'),
    load('sweep'),
    load('announce'),
    load('discord'),
  ]);
  return { open, sell, sweep, announce, discord };
}
