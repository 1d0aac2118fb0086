import { accessFailure } from '#lib/adapters/deployment/access-failure.ts';
import { ConfigError, TminusError } from '#lib/errors/errors.ts';

/** The adapters report every failure as the service's. On the command line it is mostly a missing log-in. */
export function findAccessFailure(error: unknown): string | undefined {
  const reason = error instanceof TminusError ? error.context.reason : undefined;
  return typeof reason === 'string' ? accessFailure(reason) : undefined;
}

export function orAskToLogIn(error: unknown): never {
  const access = findAccessFailure(error);
  throw access === undefined ? error : new ConfigError(access);
}
