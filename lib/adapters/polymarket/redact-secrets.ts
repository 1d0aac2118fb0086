/** Long enough for every text of the venue that is known; what is longer is a page. */
const TEXT_LENGTH_MAX = 1_000;
const SCANNED_LENGTH_MAX = 20_000;

/** A header of ours with its value, in any of the ways a server prints headers. */
const OUR_HEADER = /\b(poly[_-][a-z_-]+)(["'\]]*\s*[:=]\s*\[?\s*["']?)[^\s"',}\]]+/gi;
/** An order's signature has 65 bytes or more, an order's id 32: ids stay readable. */
const SIGNATURE = /(?:0x)?[0-9a-f]{65,}/gi;

/**
 * Takes out of a text of the venue what must not be kept (law of the vault: neither key, credential, signature nor header
 * reaches a row, a log or an error): the given secrets, whatever looks like a signature, and values of our headers.
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
