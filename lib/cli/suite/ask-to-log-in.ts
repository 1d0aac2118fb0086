import { accessFailure } from '#lib/adapters/deployment/access-failure.ts';
import { ConfigError, TminusError } from '#lib/errors/errors.ts';

/** The adapters report every failure as the service's. On the command line it is mostly a missing log-in. */
export function orAskToLogIn(error: unknown): never {
  const reason = error instanceof TminusError ? error.context.reason : undefined;
  const access = typeof reason === 'string' ? accessFailure(reason) : undefined;
  throw access === undefined ? error : new ConfigError(access);
}
