/** Longer than every known text of the venue; a longer answer is a web page. */
const TEXT_LENGTH_MAX = 1_000;
const SCANNED_LENGTH_MAX = 20_000;

/** One of our headers with its value, in any of the ways a server prints headers. */
const OUR_HEADER = /\b(poly[_-][a-z_-]+)(["'\]]*\s*[:=]\s*\[?\s*["']?)[^\s"',}\]]+/gi;
/** An order's signature has 65 bytes or more. An order's id has 32 and stays readable. */
const SIGNATURE = /(?:0x)?[0-9a-f]{65,}/gi;

/**
 * Removes from a venue's text what no row, log or error may contain: the given secrets, everything that looks like a
 * signature, and the values of our headers.
 */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((rest, secret) => replaceAll(rest, secret), text.slice(0, SCANNED_LENGTH_MAX));
  return known.replace(OUR_HEADER, '$1$2…').replace(SIGNATURE, '…').slice(0, TEXT_LENGTH_MAX);
}

function replaceAll(text: string, secret: string): string {
  if (secret === '') return text;
  const spellings = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  return spellings.reduce((rest, spelling) => rest.split(spelling).join('…'), text);
}
