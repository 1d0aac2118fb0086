import { TminusError } from '#lib/errors/errors.ts';

/** The suite's own errors hold no secret: their words and their reason, such as `AccessDeniedException`. */
export function whyUnread(error: unknown): string {
  if (!(error instanceof TminusError)) return 'It could not be read.';
  const { reason } = error.context;
  return `${error.message.replace(/\.$/, '')}${typeof reason === 'string' ? ` (${reason})` : ''}.`;
}
