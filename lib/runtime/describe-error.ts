import { TminusError } from '#lib/errors/errors.ts';

const CAUSE_DEPTH_MAX = 5;
const MESSAGE_LENGTH_MAX = 500;

/** Paths and queries of addresses may hold tokens, as a webhook's does. Long hexadecimal words may be keys. */
const ADDRESS = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"'`]+)/gi;
const LONG_HEX = /(?<![0-9a-z])(?:0x)?[0-9a-f]{64,}(?![0-9a-z])/gi;
/** `Bearer …`, `apiKey: "…"`, `"secret":"…"`, also in JSON inside JSON, `passphrase=…`, `CLOB_L2_SECRET=…` */
const NAMED_SECRET =
  /\b(bearer |basic |[\w-]*(?:authorization|password|passphrase|secret|token|signature|api[-_ ]?key|private[-_ ]?key)["'\\]*\s*[:=]\s*["'\\]*)(?:(?:bearer|basic|digest|token) )?[^\s"'\\,;&})]+/gi;
/** Base64 and the like: an address or an id has no capitals, or no more than hexadecimal digits. */
const LONG_WORD = /[A-Za-z0-9+/_-]{40,}={0,2}/g;
const ACCESS_KEY = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g;

const FRAME_COUNT_MAX = 8;
const CAUSE_FRAME_COUNT_MAX = 3;

type DescribedCause = { readonly name: string; readonly message: string; readonly frames?: readonly string[] };

/** The part of an error that is safe to log: no request, response or payload, and where it was thrown. */
export type ErrorDescription = {
  readonly errorName: string;
  readonly errorMessage: string;
  readonly errorContext?: Readonly<Record<string, string | number | boolean | null>>;
  /** `attemptSell (lib/lifecycle/sell/attempt-sell.ts:52:9)`; in a bundle `index.mjs:3:20311`. */
  readonly errorFrames?: readonly string[];
  readonly errorCauses?: readonly DescribedCause[];
};

function safeMessage(message: string): string {
  const safe = safeText(message.slice(0, 4 * MESSAGE_LENGTH_MAX)).replace(LONG_HEX, '…');
  return safe.slice(0, MESSAGE_LENGTH_MAX);
}

/** With the hashes of orders and transactions, which a context may name. */
function safeText(text: string): string {
  return text
    .replace(ADDRESS, (_all, scheme: string, rest: string) => `${scheme}${hostOf(rest)}/…`)
    .replace(NAMED_SECRET, '$1…')
    .replace(ACCESS_KEY, '…')
    .replace(LONG_WORD, (word) => (isKeyLike(word) ? '…' : word));
}

/** A password may contain what ends a host. */
function hostOf(address: string): string {
  const [authority = ''] = address.split(/[/?#]/);
  const isCut = !authority.includes('@') && address.includes('@');
  return isCut ? '…' : authority.slice(authority.lastIndexOf('@') + 1);
}

/** A node or a venue may repeat the address that was asked, and what it was asked with. */
function safeContext(context: TminusError['context']): TminusError['context'] {
  return Object.fromEntries(
    Object.entries(context).map(([name, value]) => [name, typeof value === 'string' ? safeText(value) : value]),
  );
}

function isKeyLike(word: string): boolean {
  return /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word) && !/^0x[0-9a-f]+$/i.test(word);
}

function nameAndMessage(error: unknown): { name: string; message: string } {
  if (error instanceof Error) return { name: error.name, message: safeMessage(error.message) };
  // The text of another value may be a payload.
  return { name: 'NotAnError', message: `Something of type ${typeof error} was thrown` };
}

/** An error and its chain of causes as plain fields. Never throws. */
export function describeError(error: unknown): ErrorDescription {
  const { name, message } = nameAndMessage(error);
  const causes: DescribedCause[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && causes.length < CAUSE_DEPTH_MAX) {
    const frames = listFrames(cause, CAUSE_FRAME_COUNT_MAX);
    causes.push({ ...nameAndMessage(cause), ...(frames.length > 0 && { frames }) });
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  const frames = listFrames(error, FRAME_COUNT_MAX);
  return {
    errorName: name,
    errorMessage: message,
    ...(error instanceof TminusError && { errorContext: safeContext(error.context) }),
    ...(frames.length > 0 && { errorFrames: frames }),
    ...(causes.length > 0 && { errorCauses: causes }),
  };
}

const FRAME = /^\s*at (?:(?:async )?([\w$.<># ]{1,80}) \()?([^()]+):(\d{1,9}):(\d{1,9})\)?$/;
/** The folder of this code: of the bundle on Lambda, of the project elsewhere. */
const ROOT = import.meta.dirname.replace(/lib[\\/]runtime$/, '').replace(/[\\/]$/, '');

/** Where an error was thrown, innermost first, without Node's own frames. Names and places only. */
function listFrames(error: unknown, countMax: number): readonly string[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return [];
  const { stack, message } = error;
  // A message may have lines that look like frames.
  const start = message === '' ? -1 : stack.indexOf(message);
  const lines = (start < 0 ? stack : stack.slice(start + message.length)).split('\n', 50);
  return lines.flatMap((line) => toFrame(line) ?? []).slice(0, countMax);
}

function toFrame(line: string): string | undefined {
  const [, caller, place, row, column] = FRAME.exec(line.slice(0, 500)) ?? [];
  const path = place === undefined || place.startsWith('node:') ? undefined : toRelativePath(place);
  if (path === undefined) return undefined;
  const at = `${path}:${row}:${column}`;
  return caller === undefined ? at : `${caller.replace(LONG_HEX, '…')} (${at})`;
}

/** Below the code's folder, or from the package; of any other file the name alone. */
function toRelativePath(place: string): string | undefined {
  const path = place.replace(/^file:\/\//, '').replaceAll('\\', '/');
  const root = ROOT.replaceAll('\\', '/');
  const fromPackage = path.lastIndexOf('/node_modules/');
  const relative =
    fromPackage >= 0
      ? path.slice(fromPackage + 1)
      : path.startsWith(`${root}/`)
        ? path.slice(root.length + 1)
        : path.slice(path.lastIndexOf('/') + 1);
  return /^[\w.@+/-]{1,160}$/.test(relative) ? relative : undefined;
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
