const PAGE = /<(?:!doctype\s+)?html\b|<head\b|<title\b/i;
/** Cloudflare answers some clients in plain text (`error code: 1020`) or JSON (`"cloudflare_error": true`). */
const CLOUDFLARE = /^\s*error code: 1\d{3}\b|"cloudflare_error"\s*:\s*true|\bcf-error-details\b/i;
const WORDS_LENGTH_MAX = 120;

/** A page, or a text of a proxy's own, where a server of this protocol answers in JSON. */
export function isPageOfProxy(text: string): boolean {
  return PAGE.test(text) || CLOUDFLARE.test(text);
}

/** What a page says to people: its title, or its visible text. Other texts stay as they are. */
export function wordsOfPage(text: string): string {
  if (!PAGE.test(text)) return text;
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1] ?? '';
  const visible =
    title.trim() === '' ? text.replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ') : title;
  return `a web page instead of an answer: ${visible.replace(/\s+/g, ' ').trim().slice(0, WORDS_LENGTH_MAX) || 'empty'}`;
}
