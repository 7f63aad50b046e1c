/**
 * Parses JSON, or returns the text unchanged: proxies, login pages and aggregated APIs answer in HTML or plain text.
 */
export function parseJsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
