/**
 * Text of a market or of a refusal is the venue's: signs that turn it around, or that are not seen, become blanks. None
 * of them is part of JSON's or CSV's own form.
 */
export function shownText(text: string): string {
  return text.replace(/[\p{Cf}\p{Co}\p{Cn}]/gu, ' ');
}
