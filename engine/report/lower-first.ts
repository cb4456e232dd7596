/** A sentence of a library as the beginning or the middle of ours, which begin in lower case. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
