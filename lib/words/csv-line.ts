export type Cell = string | number | bigint | boolean | null;

/** A line of CSV (RFC 4180); empty where nothing is known. */
export function csvLine(cells: readonly Cell[]): string {
  return cells.map(cellText).join(',');
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Names and references come from the venue. A spreadsheet must not take one that begins like a formula for one. */
function cellText(value: Cell): string {
  const text = value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
