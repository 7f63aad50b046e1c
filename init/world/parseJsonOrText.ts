/** The JSON of a text, or the text: proxies, login pages and aggregated APIs answer in HTML or in plain text. */
export function parseJsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
