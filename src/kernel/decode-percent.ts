/**
 * A text with each `%xx` as the byte it stands for (Latin-1), once and byte by byte: unlike `decodeURIComponent` it
 * never throws, so bytes that are no UTF-8 hide nothing of the rest. For comparing only, never for forwarding.
 */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
