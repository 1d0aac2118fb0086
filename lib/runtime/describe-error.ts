import { TminusError } from '#lib/errors/errors.ts';

const CAUSE_DEPTH_MAX = 5;
const MESSAGE_LENGTH_MAX = 500;

/** Paths and queries of addresses may hold tokens, as a webhook's does. Long hexadecimal words may be keys. */
const ADDRESS = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@]*@)?([^\s/?#"'`]+)[^\s"'`]*/gi;
const LONG_HEX = /\b(?:0x)?[0-9a-f]{64,}\b/gi;

/** The part of an error that is safe to log: no stack, request, response or payload. */
export type ErrorDescription = {
  readonly errorName: string;
  readonly errorMessage: string;
  readonly errorContext?: Readonly<Record<string, string | number | boolean | null>>;
  readonly errorCauses?: readonly { readonly name: string; readonly message: string }[];
};

function safeMessage(message: string): string {
  return message
    .slice(0, 4 * MESSAGE_LENGTH_MAX)
    .replace(ADDRESS, '$1$2/…')
    .replace(LONG_HEX, '…')
    .slice(0, MESSAGE_LENGTH_MAX);
}

function nameAndMessage(error: unknown): { name: string; message: string } {
  if (error instanceof Error) return { name: error.name, message: safeMessage(error.message) };
  // The text of another value may be a payload.
  return { name: 'NotAnError', message: `Something of type ${typeof error} was thrown` };
}

/** An error and its chain of causes as plain fields. Never throws. */
export function describeError(error: unknown): ErrorDescription {
  const { name, message } = nameAndMessage(error);
  const causes: { name: string; message: string }[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && causes.length < CAUSE_DEPTH_MAX) {
    causes.push(nameAndMessage(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return {
    errorName: name,
    errorMessage: message,
    ...(error instanceof TminusError && { errorContext: error.context }),
    ...(causes.length > 0 && { errorCauses: causes }),
  };
}

/**
 * Node's error code (`ECONNREFUSED`), otherwise the name of the error's class. Unlike the message it is always safe to
 * show.
 */
export function reasonName(error: unknown): string {
  if (error instanceof Error && 'code' in error && /^[A-Z][A-Z0-9_]{2,40}$/.test(String(error.code))) {
    return String(error.code);
  }
  return nameAndMessage(error).name;
}
