/** Web pages that come in place of an API's answer: proxies and gateways send them. */

const KEPT = 300;

/** Whether a text is, or holds, an HTML page. */
export function isMarkup(text: string): boolean {
  return /<!doctype\s+html|<(html|head|body|title|h1)[\s>]/i.test(text);
}

/** The words that a page shows, on one line, its title first; shortened. Other text comes back on one line. */
export function wordsOfPage(text: string): string {
  const plain = text
    .replace(/<!--[\s\S]*?-->|<(script|style)[\s>][\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;|&#160;/gi, ' ')
    .replace(/&lt;/gi, '<')
    .replace(/&gt;/gi, '>')
    .replace(/&quot;/gi, '"')
    .replace(/&#39;|&apos;/gi, "'")
    .replace(/&amp;/gi, '&')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= KEPT ? plain : `${plain.slice(0, KEPT)}…`;
}
