import { UpstreamUnavailableError } from '#lib/errors/errors.ts';

const EXPIRED: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);
const NOT_KNOWN: ReadonlySet<string> = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'OptInRequired',
]);
/** Thrown by the SDK before anything is sent. */
const NOT_FOUND: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError']);
/** Each service has its own name for it. */
const NOT_ALLOWED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'UnauthorizedOperation',
]);

const LOG_IN =
  'Log in (`aws sso login`, `aws configure`), name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** Advice for an error of AWS credentials, by the error's name; undefined for any other error. */
export function accessFailure(name: string, message = ''): string | undefined {
  if (EXPIRED.has(name) || (NOT_FOUND.has(name) && /expired/i.test(message))) {
    return 'The AWS credentials have expired. Log in again (`aws sso login`) or renew them, then repeat the command';
  }
  if (NOT_FOUND.has(name)) return `There are no AWS credentials. ${LOG_IN}`;
  if (NOT_KNOWN.has(name)) return `AWS does not know these credentials. ${LOG_IN}`;
  return undefined;
}

/** Whether the caller is known and lacks a permission. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && NOT_ALLOWED.has(error.name);
}

/** Why AWS gave no answer, without its own words, which may name accounts and users. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const access = accessFailure(error.name, error.message);
  if (access !== undefined) return access;
  // Node's errors have a code, such as ECONNREFUSED, and no name of their own.
  const code = 'code' in error ? error.code : undefined;
  return `AWS did not answer (${typeof code === 'string' ? code : error.name})`;
}

/**
 * The answer to a request that needs the permission.
 * @throws UpstreamUnavailableError naming the permission where it is missing
 */
export async function askWith<Answer>(
  right: string,
  request: () => Promise<Answer>,
  describe: (error: unknown) => string = describeFailure,
): Promise<Answer> {
  try {
    return await request();
  } catch (cause) {
    const reason = isDenied(cause) ? `The permission ${right} is missing` : describe(cause);
    throw new UpstreamUnavailableError(reason, {}, { cause });
  }
}
